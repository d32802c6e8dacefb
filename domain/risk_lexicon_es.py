"""The Spanish rules of `risk`, by C-SSRS screener question: `name: phrase`, more lines indented. How phrases are written is told in `risk`."""

from __future__ import annotations

RULES: dict[int, str] = {
    # wish to be dead
    1: """
deseo de morir: ( <quiero> / ojala ) <es_adv>* @die_es !de|por
deseo de morir: ( <quiero> ) <es_adv>* ( morir / morirme ) ( de ( una / verdad / dolor ) / por fin )
deseo de morir: me <quiero> morir !de|por
deseo de morir: ojala ~3 ( muriera / muriese / muera / <muerto> / no despertara / no despertar / no despierte / nacido / no existiera / desapareciera
    / mate / matara / no hubiera )
deseo de morir: ( <quiero> / ojala / espero ) ~3 ( no / nunca ) ~2 ( despertar / amanecer / despertarme / nacido / nacer / existir / despierte /
    volver a despertar )
deseo de morir: <quiero> ~1 cerrar los ojos ~4 ( nunca / siempre / jamas )
deseo de morir: ojala ~6 ( no / nunca ) ~3 ( despertar / despertara / despertarme / despierte / volver / haber nacido )
deseo de morir: ( quiero que / quisiera que / ojala ) ~2 ( todo / esto / mi vida ) ~2 ( termine / acabe / terminara / acabara ) ( $ / ya )
deseo de morir: ( alguien me mate / matenme / matame por favor / dios ~3 ( llevame / me lleve ) / llevame ~1 dios / dejenme morir / dejame morir )
deseo de morir: ( <quiero> / ojala ) <es_adv>* ( irme con ~3 cielo / irme de este mundo / irme para siempre / estar en el cielo )
deseo de morir: ( debi / deberia / debiera / merezco ) <es_adv>* ( nacer / haber nacido / existir / estar <vive> )
deseo de morir: me <quiero> ir de este mundo
deseo de morir: me <es_adv>* ( dan / da ) <es_adv>* ganas de <es_adv>* ( morir / morirme ) !de
no quiere vivir: ( no / nunca / tampoco ) ~1 ( <quiero> / deseo / tengo ganas de / merezco / puedo / aguanto / soporto ) <es_adv>* ( <vive> / seguir
    <vive> / seguir aqui / seguir con vida / estar <vive> / estar en este mundo / seguir adelante ) !<preposition>|juntos|social|sano
no quiere vivir: ( no ) ~1 ( <quiero> ) <es_adv>* ( vivir / estar / seguir ) ( en este mundo / aqui ( $ / mas ) / asi / con este dolor )
mejor sin mi: ( mejor / felices / tranquilos / feliz / aliviados ) ~3 ( sin mi / si yo no / si no ( existiera / estuviera ) / si ( muero / muriera /
    desaparezco / desapareciera ) / <muerto> $ / cuando ( muera / ya no este ) )
sin razon para vivir: ( no / sin / ninguna / ningun ) ~3 ( razon / razones / motivo / motivos / sentido / ganas / porque / fuerzas ) ~3 ( vivir / la
    vida / seguir viviendo / existir / seguir con vida / estar <vive> / vida $ )
sin razon para vivir: ( vida / vivir ) ~1 ( no ) ~1 ( vale / tiene / merece ) ~1 ( pena / sentido / nada / $ )
sin razon para vivir: ( para que / por que / de que sirve / que sentido tiene / que caso tiene ) ~2 ( vivir / sigo <vive> / seguir viviendo / seguir
    <vive> )
cansancio de vivir: ( cansado / cansada / harto / harta / canse / aburrido / aburrida / agotado / agotada ) ~1 ( vivir / la vida / existir / estar
    <vive> / esta vida / mi vida ) !<preposition>
no puede seguir: no ( puedo / aguanto / soporto ) <es_adv>* ( viviendo / vivir / esta vida / estar <vive> / mi vida )
odia vivir: ( odio / detesto ) ( vivir $ / estar <vive> / existir / haber nacido / seguir <vive> )
nadie me echaria de menos: ( nadie / a nadie ) ~4 ( si ) ~1 ( muero / muriera / muriese / desapareciera / mato / matara )
merece morir: ( merezco / deberia ) ~1 ( morir / morirme / estar <muerto> / haber muerto )
""",
    # suicidal thoughts, and urges to hurt oneself
    2: """
matarme: ( <quiero> / <pienso> / <podria> ) <es_adv>* ~1 @kill_es
matarme: me <es_adv>* ( <quiero> / dan ganas de / gustaria / deberia / podria ) <es_adv>* ( matar / suicidar / quitar la vida / desvivir / ahorcar /
    emojigun )
matarme: <quiero> <es_adv>* ( emojigun / emojiknife )
ideas suicidas: ( pensamientos / ideas / ideacion / impulsos / tendencias ) ( suicidas / suicida / de suicidio / de muerte / de matarme / de morir /
    de suicidarme )
ideas suicidas: ( me siento / soy / estoy / sintiendo ) ~1 suicida
ideas de suicidio: <pienso> ~3 ( suicidio / suisidio ) !prevencion
ideas de suicidio: ( suicidio ) ~4 ( mi cabeza / mi mente / salida / opcion / solucion )
ideas de suicidio: ( unica / mejor ) ~1 ( salida / opcion / solucion / forma ) ~4 ( suicidio / morir / la muerte / matarme / suicidarme / acabar con )
ideas de muerte: <pienso> ~2 ( mi muerte / mi propia muerte / morirme / morir $ / en morir )
deseo de hacerse dano: ( <quiero> / <pienso> / voy a / impulso / deseo ) <es_adv>* ( hacerme dano / lastimarme / herirme / cortarme
    !<accident>|el|un|las / autolesionarme )
deseo de hacerse dano: me <quiero> ( hacer dano / lastimar / cortar !<accident>|el )
""",
    # method
    3: """
metodo: ( <pienso> / sueno ) ~2 ( colgado / colgada / ahorcado / ahorcada / ahogado / ahogada / <muerto> )
metodo: me ( tomaria / tragaria ) ~4 <pastillas>
metodo: ( <quiero> / <pienso> / <podria> / ganas / imagino / si ) <es_adv>* ~2 @method_es
metodo: ( cuantas / cuanta / cuanto / que ) ~1 ( <pastillas> / dosis ) ~6 ( morir / morirme / matarme / matar / suicidarme / letal / mueres )
metodo: ( formas / maneras / metodos / forma / manera / metodo / como ) ( mas )? ~2 ( de )? ( morir / morirme / suicidarse / suicidarme / matarse /
    matarme / quitarme la vida / ahorcarse / ahorcarme )
medios para morir: <cosas> ~4 ( para / y ) ~1 ( morir / morirme / no despertar / no despertarme / dormir para siempre )
""",
    # intent; danger from or to somebody else
    4: """
intencion: <voy> <es_adv>* ( a / por )? <es_adv>* ( @kill_es / @method_es )
intencion: me <es_adv>* ( voy / boy ) a ( matar / suicidar / quitar la vida / ahorcar / colgar $ / tirar ~2 <alto> / tirar ~2 <tren> / lanzar ~2
    <alto> / desvivir / quitar de )
intencion: ( he decidido / decidi / decidido / decidida / listo para / lista para ) ~1 ( morir / morirme / no seguir viviendo / @kill_es )
intencion: ( acabo con ( todo !el|los|las|este|esto|lo / mi vida ) / acabare con ( todo $ / mi vida ) / me quito la vida / me quitare la vida / me
    suicido / me suicidare / me matare )
intencion: ( si / hoy / noche / manana / ya ) ~6 me mato !a|de|por
intencion: me ( ahorco / cuelgo $ / pego un tiro / corto las venas / tiro ~2 <alto> / tiro ~2 <tren> / lanzo ~2 <tren> / lanzo ~2 <alto> / vuelo la
    cabeza / disparo )
no habra manana: ( manana / lunes / semana ) ~2 ( no ) ~1 ( estare / voy a estar / estar ) ( aqui / vivo / viva / en este mundo / $ )
no habra manana: ( ultimo / ultima / ultimos ) ( dia / noche / dias / horas ) ( en este mundo / de mi vida / con vida / vivo / viva / en la tierra )
despedida: ( adios ) ( mundo / para siempre / vida )
despedida: ( cuando / para cuando ) ~2 ( leas / lean / leais / encuentren ) ~4 ( <muerto> / no estare / habre muerto )
despedida: ( despedirme / despido / despedi ) ~2 ( mundo / vida / siempre )
despedida: cuando ( ya no este ( $ / aqui ) / me muera / muera / yo no este )
maltrato: <pareja> ( ya )? me ( pega / golpea / maltrata / pego / golpeo / viola / violo / ha pegado / ha golpeado / esta pegando / estrangula /
    ahorca ) !sus|un|su|la
maltrato: ( abusa de mi / abuso de mi / abusan de mi / me violo / me violaron / me viola / abuso sexualmente )
amenaza: ( amenaza / amenazo / amenazado / amenazan ) ~2 ( matarme / matar / muerte / pegarme / hacerme )
amenaza: ( dijo / dice / jura / juro / miedo ) ~4 ( me va a matar / matarme / me mata / me mate )
puede danar a alguien: ( miedo / ganas / voy / quiero ) ~2 ( hacerle / hacer / hacerles / lastimar ) ( dano )? a ( mi / mis / alguien / el / ella / un
    / otros / la gente )
puede matar a alguien: ( voy / quiero / juro ) ~2 ( matarlo / matarla / matarlos / matar a ) ~8 ( cuchillo / pistola / arma / en serio / no es broma /
    lo juro / navaja )
""",
    # plan
    5: """
plan: <plan_es> ~4 ( @kill_es / @method_es / suicidio / mi muerte / como ~3 morir / morir $ )
plan: ( se / decidido / pensado / claro ) ~2 ( como / cuando / donde ) ~6 ( suicidar / suicidarme / morir / matarme / matar / hacerlo / quitarme /
    acabar con / ahorcarme )
plan: <plan_es> ~4 ( viernes / lunes / martes / miercoles / jueves / sabado / domingo / noche / manana ) ~1 me ( cuelgo / mato / ahorco / tiro / lanzo
    / quito / suicido )
fecha: ( fecha / dia / hora / lugar / sitio ) ~2 ( para / de ) ~1 ( @kill_es / mi muerte / mi suicidio / morir / morirme )
medios listos: ( tengo / deje / prepare / preparado / he preparado / esta / estan ) ~3 <cosas> ~2 ( lista / listas / listo / listos / preparada /
    preparadas / preparado / guardadas / guardada )
medios listos: ( compre / comprado / consegui / conseguido / tengo / robe ) ~2 <cosas> ~6 ( lo hare / lo hago / voy a hacerlo / sera el final )
""",
    # preparation, attempt, hurting oneself
    6: """
intento: ( intente / intentado / intento / trate / tratado / intentar / probe / quise / casi ) <es_adv>* ( @kill_es / @method_es )
intento: me <es_adv>* ( intente / trate de / intentado ) ( matar / suicidar / quitar la vida / ahorcar )
intento: ( mi / un / otro / ultimo ) intento de suicidio
sobredosis: ( tome / tomado / trague / tragado / acabo de ( tragarme / tomarme ) ) ~1 ( todas / todo / un bote / bote / frasco / caja / un monton /
    montones / demasiadas / # / muchas ) ~3 <pastillas> !que
en el lugar: ( subi / fui / pare / asome ) ~2 <alto> ~3 ( saltar / tirarme / lanzarme )
en el lugar: ( estoy / subido / parada / parado / sentada / sentado ) ~3 ( <alto> / vias ) ~4 ( saltar / tirarme / lanzarme / tirar / saltare )
carta: ( carta / cartas / nota / notas / mensaje ) ~1 ( despedida / suicida / suicidio / adios ) !de
medios comprados: ( compre / comprado / consegui / conseguido / robe / guardando / acumulando / juntando ) ~2 <cosas> ~2 ( para ( @kill_es /
    @method_es / mi / morir ) / $ )
heridas: ( corte / cortado / abri / raje / acabo de ( cortar / cortarme ) ) ~1 ( venas / munecas / vena / muneca / brazos / piernas / muslos )
autolesion: me ( estoy )? ( cortando / corto / he cortado / lastimo / hago dano / hice dano / he hecho dano / autolesiono / autolesione / he
    autolesionado / quemo ) !<accident>|el|un|con
autolesion: ( cortandome / autolesionandome / lastimandome ) !<accident>|el|un
autolesion: me corte ( otra vez / de nuevo / anoche $ / los brazos / las piernas / a proposito )
autolesion: ( vuelto a / volvi a / dejar de / sigo ) ( cortarme / autolesionarme / hacerme dano / lastimarme ) !<accident>|el
""",
}
