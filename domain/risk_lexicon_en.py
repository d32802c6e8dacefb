"""The English rules of `risk`, by C-SSRS screener question: `name: phrase`, more lines indented. How phrases are written is told in `risk`."""

from __future__ import annotations

RULES: dict[int, str] = {
    # wish to be dead
    1: """
wish to die: ( <want> / rather / wanna ) <adv>* @die !of|from|for|on|laughing|than
wish to die: ( <want> / rather ) <adv>* <die> ( than ~2 ( live / go / wake / keep / face / another / feel / be / continue ) / from ~1 pain )
wish to die: ( <want> / rather ) <adv>* <die> for ( real / good / sure / once )
wish to die: ( <wish> / want ) ~3 heart ~4 ( stop / stops / stopped / give out / gives out / gave out )
wish to die: <wish> ~4 ( get / had / have / getting / got ) ~2 ( cancer / terminal / tumor / shot / murdered / killed / hit by )
wish to die: why ( cant / couldnt / didnt / wont / not ) ~3 ( <die> / be dead / disappear / dead $ )
wish to die: ( let me die ( $ / in / already / please / now / and ) / put me out of my misery / ( god / lord / please ) ~2 ( kill / take ) me ( $ /
    now / already / away ) )
wish to die: ( feel / feeling / felt ) like ( dying / death ) ( $ / and / every / all / inside )
wish to be dead: rather be dead
wish to be dead: ( to / just / id ) <adv>* be dead ( $ / right now / already / now / and )
wish to be dead: ( to / just / could ) <adv>* ( stop existing / stop living / cease to exist ) ( $ / forever / i / id / and )
wish to be dead: <wish> ( that i / i / id ) <adv>* ( was / were / wasnt / werent / could / had / didnt / never / would / dont / wont / hadnt / wouldnt
    / am / not / not to / die / died ) <adv>* ( <dead> / exist / born / alive / died / never ~1 born / never exist / never wake / be alive / wake up?
    !up|late|early|before|in|too|tired|sick|with|him|her|them|anyone / here !at|today|for|in / die / disappear $ / disappear forever / ( go to )? (
    sleep / asleep ) ~3 ( never / not / forever / dont ) / gone $ )
wish to be dead: <think> ~3 ( not <live> / never existing / being dead / not being ( here / alive / around ) )
wish to be dead: ( better / easier / peaceful / nice / nicer / relief / relieved / comforting / fine / okay / ok / glad / happy / happier ) ~4 ( be
    dead / being dead / never waking / to die $ / if i ~1 ( died / die / dead ) / dying $ / not ( be alive / exist / existing / wake / waking ) )
wish to be dead: ( dying / death / being dead / not existing / not being here / not being alive ) ~1 ( sounds / seems / feels / looks / would / is /
    be ) ~2 ( better / nice / good / peaceful / relief / easier / only / appealing / comforting / best / like )
wish to be dead: if i ~1 ( died / die / dead / ( got / get ) ( hit by / shot / killed / run over ) ) ~6 ( relieved / relief / ok / okay / fine / happy / glad / peace / better / mind / care )
no reason to live: only ( alive / living / still here / still alive / reason im ~1 ( alive / here ) ) ~2 ( because / for / is / cause )
no reason to live: ( <no> / any / see ) ~2 ( reason / reasons / point / purpose / use ) ~4 ( <live> / going on / be here / being here / carry on /
    carrying on / continue living ) !insurance|far|<preposition>
no reason to live: ( nothing / no one / nobody / not ~1 anything ) ~2 ( live for / stay alive for / keep me here / keeping me alive / keeping me here
    / worth living )
no reason to live: ( what / whats / wheres / why ) ~3 ( point / use / reason / purpose / bother ) ~2 ( living / life / being alive / going on /
    existing / staying alive / live / carrying on )
should not be alive: ( never / not / wasnt ) ( meant / supposed ) to be ( alive / born )
should not be alive: ( i / me ) ~1 ( should / shouldnt / deserve / ought ) <adv>* ( be dead / die / not be alive / be alive / have died / have been
    born / exist )
wish not to wake up: <wish> ~5 i ~1 <not> ~1 wake up? !up|late|early|before|in|too|tired|sick|with|him|her|them|anyone
wish not to wake up: ( <wish> / want / wanna / like / love ) ~6 ( sleep / asleep / bed / eyes ) ~3 ( never / not / dont / forever / wont ) ~2 ( wake /
    up / open / $ / opening )
wish not to wake up: ( please / pls / let / make ) ~3 not wake up? !up|late|early|before|in|too|him|her|them|anyone
wish to be killed: <wish> ~4 ( would / could ) ~2 ( hit / kill / take / shoot / crush / hits / run over / end ) me !in|to|on|out|there|home
wish to be killed: ( want / wish / need / hope ) ~1 ( someone / somebody / something / god / cancer / car / bus ) ~3 ( kill / kills / shoot / hit /
    hits / end / take ) me !in|to|on|out|there|home
better off dead: better off ( dead / gone / not <adv>* alive / if i )
better without me: ( better / happier / easier / relieved / good / best ) ~5 ( without me / if i ~3 ( gone / dead / died / disappeared / didnt exist /
    wasnt / werent / not here / never / vanished ) / when im ( gone / dead ) )
better without me: ( burden ~4 ( better / dead / gone / without me ) / doing everyone ~2 favor )
better without me: ( favor / favour / favours / favors ) ~8 ( gone / dead / around / die / died / disappear / disappeared / not here / killing )
nobody would miss me: ( nobody / no one / noone / none / who ) ~1 ( would / will / ll / wouldnt ) ~1 ( miss / notice / care / even / cry ) ~3 ( i / im
    / me ) ~2 ( gone / dead / died / die / disappeared / killed / vanished )
nobody would miss me: if i ~1 ( died / die / disappeared / dead ) ~3 ( no one / nobody / noone ) ~3 ( notice / miss / care / cry )
why alive: why ~1 ( am / im / do ) ( i )? <adv>* ( alive / exist / living / live $ )
life not worth it: ( life / living / my life ) ~1 ( isnt / not / aint / never / no longer / no / doesnt ) <adv>* ( worth / feel worth / seem worth )
    ~1 ( living / it / anymore / $ )
life not worth it: not worth ( living / being alive / staying alive )
cannot go on living: <cant> <adv>* ( go / keep / carry / continue ) ( on / going )? <adv>* ( living / to live / being alive / existing / with ( my /
    this ) life / anymore / any more / any longer / $ )
cannot go on living: ( <cant> / dont want to / dont wanna ) <adv>* ( do / take / handle / stand / bear ) ( this / my / this )? ( life / living / being
    alive / existence )
cannot go on living: <cant> <adv>* live ( anymore / any longer / any more / like this / with myself / $ )
wish it was over: ( <want> / <wish> / just want / need ) ( it / everything / this life / my life / all of it / it all / this all ) <adv>* ( to )?
    <adv>* ( be over / end / was over / were over / over / ended / finish )
wish it was over: ( <want> / just want ) ( out $ / out of this ( life / world / body ) / out of life )
tired of living: ( tired / sick / done / exhausted / fed / over / weary ) <adv>* ( of / with / up with / from )? <adv>* ( living / being alive / life
    / existing / breathing / being here $ / this life / my life / waking up ) !insurance|<preposition>|coach|partner|admin|today|early
tired of living: ( tired / sick / exhausted / weary ) ~4 ( being alive / staying alive / stay alive / keep living / existing )
wish not to live: <dont> <adv>* ( want / wanna / wnat / care to / wish to / feel like / deserve ) <adv>* ( live / living / be alive / being alive /
    exist / existing / wake up / waking up / breathe / go on living / continue living / be living ) !<preposition>|early|so
wish not to live: <dont> <adv>* ( want / wanna ) <adv>* live ( in this ( world / body / life / hell ) / with ~1 ( pain / guilt / depression / myself )
    / here on earth / on this ( earth / planet ) / like this )
wish not to live: never wanted to ( live !<preposition> / be alive / exist / be born )
wish not to be here: <dont> <adv>* ( want / wanna ) <adv>* ( be / stay ) <adv>* ( here / around / on this ) ( $ / <anymore> / any / on earth / earth /
    planet )
hates being alive: ( hate / hating / hated / regret / resent ) ( being alive / that im ~1 alive / that i ~1 ( exist / alive / breathe / wake ) /
    living $ / existing / my existence / being born )
indifferent to dying: ( dont care / wouldnt mind / not care / dont mind / not mind ) ~2 ( if i ~2 ( live / die / died / alive / dead / wake ) / dying
    / being dead / not waking )
wish to join the dead: ( want / wanna / wish / going ) ~4 ( be with / join / see ) ~3 ( in heaven / in the afterlife / other side )
disappointed to be alive: ( disappointed / sad / angry / upset / mad / hate / regret / sorry / annoyed / devastated / cry ) ~4 ( still ( here $ /
    alive / breathing ) / i woke / woke up again / waking up again / didnt die / im alive )
sees no own future: <dont> ~1 ( see / picture / imagine ) myself ~2 ( living $ / living past / alive / being alive / being here / making it / growing
    old / getting old )
own funeral: my own? funeral
lost will to live: ( lost / lose / losing / no / without / dont have / zero ) ~2 ( will / desire / wish / energy / strength / motivation ) ( to / left
    to / for ) ( <live> / go on / be alive / carry on )
gives up on life: ( give / giving / gave / given ) up on ( life / living / my life / being alive )
wish to be killed: ( <wish> / want / need ) ~4 ( someone / somebody / something / god / lord / cancer / car / bus / truck / train / lightning ) ~3
    ( kills / hits / shoots / ends / crushes / ( take / takes ) me !in|to|on|out|there|home ) me?
no reason to live: no ~4 ( future / world / version ) ~3 i ~4 <live>
""",
    # suicidal thoughts, and urges to hurt oneself
    2: """
kill myself: @kill
suicidal: <be> <adv>* <suicidal>
suicidal: ( i / have / having / had / my / these / get / getting / through / with / of / more / constant ) <adv>* <suicidal> ( thoughts / thought /
    ideation / feelings / urges / tendencies / impulses / ideas )
suicidal: ^ <suicidal> ( $ / again / thoughts / rn / today / tonight )
suicidal: <suicidal> ( thoughts / thought / ideation / feelings / urges / impulses ) ( $ / are / is / came / come / coming / back / again / every /
    all / keep / getting / get / wont / have / today / tonight / this / lately / rn / which / that / i / but )
thoughts of suicide: not a day ~4 without ~4 ( <suicide> / @kill / dying / to die )
thoughts of suicide: <think> ~4 ( <suicide> / killing me ) !prevention|squad|hotline|awareness|rates|bombing|note|bomber
thoughts of suicide: <suicide> ~4 ( my mind / my head / only / option / answer / way out / sounds / seems / feels / crosses / crossed / keeps )
    !prevention
thoughts of suicide: ( only / best / easiest ) ~3 ( way / option / answer / solution / choice / escape / thing ) ~4 ( <suicide> / death / dying / to
    die / ending it )
thoughts of suicide: ( ending it / ending things / dying / <suicide> / killing myself ) ~2 ( feels / seems / is / like / sounds / be ) ~4 ( option /
    way / answer / solution / all / choice / only / escape )
thoughts of own death: <think> ~4 ( my own? ( death / dying / funeral ) / dying by / ending ( it / things / everything ) / unaliving / not being (
    here / alive ) / being dead )
thoughts of own death: ( <think> ~2 ( death / dying / suicide ) ~1 ( all / constantly / every / lot / 247 / always / again ) / ( <die> / death ) ~1 by
    my own ( hand / hands ) )
voices: ( voices / voice / head / brain / mind ) ~5 ( kill myself / kill yourself / to die / jump )
unsafe with self: ( dont / not ) ~2 ( feel safe / safe / trust myself ) ~1 ( with / around / alone / from ) ~1 ( myself / my own / alone / me )
wish to hurt self: ( <want> / going / gonna / urge / urges / think / thinking / thoughts / tempted / should / need / might / will / afraid / scared /
    ill ) ~3 ( hurt / hurting / harm / harming / cut / cutting / burn / burning / punish ) <self> !<accident>
wish to hurt self: ( <want> / going / gonna / urge / urges / thinking / thoughts / tempted / need / wanna ) ~3 ( self harm / self harming / selfharm /
    to cut $ / to cut again / cut my arms )
thoughts of own death: <think> ~2 ( myself / me ) ~2 ( <dead> / dying / hanging / bleeding / in a coffin / killed )
""",
    # method
    3: """
method: ( <think> / <might> / <search> / <wish> / if / about / easy / easily ) ~6 @method !board|pool
method: stand ~5 <high> ~4 ( jump / jumping / falling )
method: <suicide> ( method / methods )
method asked: how many ~3 <pills> ~6 ( die / kill / overdose / fatal / lethal / dead / death / end )
method asked: how ( much / many / high / long / do / does / can / could / would / to ) ~6 ( ( kill / hang / shoot / drown ) ( myself / me / yourself )
    / overdose / <end> my life / lethal / fatal / commit <suicide> / be ~1 fatal / ctb )
method asked: @way ~2 ( way / ways / method / methods / to / death )? ~2 ( to / of ) ~1 ( die / dying / kill ( yourself / myself ) / killing (
    yourself / myself ) / ( end / ending ) ( my / it / your ) / commit <suicide> / suicide / ctb / unalive / go $ )
method asked: ( lethal / fatal ) ( dose / amount / dosage ) ~3 <pills>
method asked: ( jump / jumping / fall / falling / drop / overdose / drowning / hanging / bleach / <pills> / <means> / stories / floor ) ~8 ( enough to
    ( die / kill ) / kill me / to die $ / for me to die / be fatal / survive )
method asked: ( what happens / what if / if / would / can / could / enough ) ~4 ( take / took / swallow / swallowed / taking ) ~1 # ~2 <pills>
means at hand: <pills> ~6 ( never ~1 wake / not wake / end it / just die / kill myself )
means for dying: ( <means> / <pills> ) ~6 ( ( to / and / so i ) ~2 ( die / never wake / not wake ) / never ~1 wake / not wake / so i can die )
method asked: ( <think> / <search> / does / would / if / whether ) ~3 ( hanging / drowning / jumping / overdosing / bleeding out / suffocating ) ~3
    ( hurt / hurts / painful / painless / quick / fast / slow / kill / kills )
method asked: ( dose / dosage / amount / quantity / much / many ) ~4 ( kill me / be fatal / be lethal )
method asked: ( how / ways ) ~3 people ~3 ( hang / kill / end / drown ) ( themselves / their )
""",
    # intent; danger from or to somebody else
    4: """
intent: ( <going> / about to ) <adv>* ( @kill / ctb / kms / unalive / @method !board|pool|trampoline )
intent: ( decided / intend / going / ready / promised / choosing / chosen / chose / want ) <adv>* ( to )? ( end it ( $ / this time / soon / now ) /
    die tonight / die today / die tomorrow / be dead by / do it tonight )
intent: ( decided / chosen / intend / determined ) <adv>* die
intent: ( im / am / be ) <adv>* ( ending it !with / killing myself !<fun>|studying|working|work|over|trying / ending my life / ending everything /
    taking my ~1 life / jumping off ~2 <high> )
intent: ( nothing / nobody / no one / cant / dont / wont ) ~3 ( stop / keep / save / talk ) me ~3 ( kill / killing / dying / suicide / ending /
    jumping / it $ )
intent: ( mean / serious / determined / going / need / want ) <adv>* ( to )? @kill ( this time / tonight / today / now / soon / tomorrow / 2night )
intent: ( no one / nobody / nothing / noone / you ) ( can / cant / will / could ) stop me !from
no tomorrow: ( wont / will not / not going to / not gonna ) ~1 ( be here / be alive / be around / live / see / wake up / make it / exist ) ~2 (
    tomorrow / much longer / morning / next week / next month / sunrise / weekend / anymore / birthday / christmas ) !<preposition>
no tomorrow: ( last / final ) ( night / day / days / hours / moments ) ( alive / on earth / on this / living / of my life / ever )
no tomorrow: ( tonight / today / this ) ~1 ( is / be ) ~1 ( my / the ) ( last / final ) ( night / day / time ) $
no tomorrow: ( dead / gone ) by ( morning / tomorrow / tonight / midnight / the ~2 ( time / morning ) )
no tomorrow: ( cant / dont / not / unsure ) ~4 ( promise / know / sure / guarantee / think ) ~2 ( i / ill / im ) ~3 ( alive / make it / survive / be
    here / around ) ~3 ( tomorrow / night / tonight / week / morning / weekend / birthday / christmas )
farewell: ( by the time / when you / if youre / when they / when u / once you ) ~4 ( read / reading / see / find / get / hear ) ~5 ( dead / gone / no
    longer / be dead )
farewell: ( goodbye / bye / farewell ) ( cruel )? ( world / forever )
farewell: ( goodbye / bye / farewell / sorry ) ~3 ( everyone / everybody / all / mom / mum / dad / friends )? ~4 ( cant ( take / do / go ) ~3
    <anymore> / in another life / other side / this is it / forgive me )
farewell: ( never / wont / not ) ~1 ( hear from / see ) me ( again / <anymore> / alive / any more )
farewell: ( when / after / once ) ( im gone / i ~1 gone / i am dead / im dead / i die )
farewell: ( this is ( goodbye / my ~1 ( goodbye / last message / final message / last words / last post ) ) )
about to jump: ( going / gonna / about / ready / will / ima ) ( to )? jump ( $ / now / off ~2 <high> / from ~2 <high> )
about to jump: ( about / ready / going / gonna ) to? jump ~6 ( but / until / when / stopped / someone )
about to jump: ( about / ready ) to jump !in|into|on|up|for|at|through|to
not alive tomorrow: ( wont / will not / not going to / not gonna ) <adv>* be alive
not alive tomorrow: ( ill / will / gonna / going to ) ~1 be dead ( $ / soon / by / tonight / tomorrow / anyway / before / then / when )
hurt by somebody: <family> ( is )? ( hits / beats / hurting / hurts / chokes / choked / abuses / abusing / abused / beating / hitting / punched /
    punches / strangled / rapes / kicks / slaps / slapped / attacked ) me !up|at|in|to|with|about|by|the
hurt by somebody: ( raped me / molested me / molests me / sexually abused / sexually assaulted / touches me ~4 dont / got raped / was raped / being
    raped / im being ~1 ( abused / beaten / raped / stalked ) / am being ~1 ( abused / beaten / raped ) / being ( abused / beaten ) ~2 ( home / by ) )
threatened by somebody: ( threatened / threatens / threatening / scared / afraid / terrified / fear ) ~6 ( kill / hurt / murder / shoot / stab / beat
    / find and kill ) me
threatened by somebody: <family> ( said / says / told me / keeps saying / swore ) ~4 ( kill / murder / shoot / stab ) me
may hurt somebody: ( afraid / scared / might / worried / going / gonna / want / wanna / will / ill / think / urge / could ) <adv>* ( i / im / ill )?
    <adv>* ( might / will / going to / gonna / could )? <adv>* ( hurt / stab / shoot / strangle / shake / harm / poison ) ( <person> / my <family> /
    the baby / my baby / up the school / kids ) !feelings|an|a|some
may kill somebody: ( going / gonna / will / ill / want / wanna / planning / have ) <adv>* ( kill / murder / killing / murdering ) ( <person> / my
    <family> ) ~8 ( gun / knife / emojigun / emojiknife / and i will / i mean it / seriously / weapon / not joking / plan / in their sleep / in his
    sleep / i swear )
""",
    # plan
    5: """
plan: ( plan / plans / planned / planning ) ~6 ( @kill / @method / suicide / die $ / how ~4 die / my death / my own death / be dead )
plan: ( <suicide> ( plan / plans / pact / date ) / plan ~2 ( <suicide> / ctb ) )
plan: <planned> ~4 ( <pills> / rope / noose / gun / bridge / note / notes ) !for
date set: ( set / picked / pick / chose / chosen / choose / have / decided / got / know / fixed ) ~3 ( date / day / time / place / spot / when / where
    / method / way ) ~8 ( @kill / die / dying / <suicide> / my death / jump / jumping / do it / hang / end it )
details worked out: ( know / worked / work / figured / decided / sorted / thought through ) ~2 ( how / when / where / details ) ~6 ( @kill / @method /
    die $ / do it / end it / going to die )
means ready: ( have / got / have ~1 my / theres / with / prepared / laid ) ~4 <means> ~3 ( ready / prepared / waiting / saved / lined / hidden / set /
    next to me / under my bed ) !for|to
means ready: ( bought / buying / ordered / got / getting / found / stole / have / buy ) ~4 <means> ~8 ( use it on / @kill / on myself / kill me / to
    die / end it / hang myself / shoot myself )
place chosen: ( chosen / picked / found / chose ) ~2 ( <high> / spot / place / tree ) ~6 ( jump / jumping / hang / die / end )
time set: @method ~4 ( tonight / tomorrow / monday / tuesday / wednesday / thursday / friday / saturday / sunday / weekend / next week / after work /
    after school / when my ~3 ( away / asleep / gone ) )
means ready: ( rope / noose / gun / pills ) ~8 ( the / my / a ) note !from|for
""",
    # preparation, attempt, hurting oneself
    6: """
attempt: <tried> ~3 ( @kill / @method / <suicide> / die $ / to die !of|for )
attempt: ( my / a / failed / previous / another / recent / last ) <suicide> ( attempt / attempts )
attempt: <tried> ~2 ( end it / end things ) !with
attempt: ( stomach pumped / pumped my stomach / ( talked / pulled / dragged ) me ( down / off / back ) ~3 <high> / survived my ~2 attempt / my attempt
    )
overdose taken: ( i / just / ive / already / have ) ~1 ( overdosed ) ( $ / on ~3 <pills> / yesterday / last / today / again / this / two / and )
overdose taken: ( took / taken / swallowed / ate / downed ) ~2 ( whole / entire / bottle / handful / box / pack / packet / too many / every / all ~1
    the / all ~2 my / lot of / bunch / tons / # ) ~3 <pills>
overdose taken: ( took / taken / swallowed / downed ) ~2 <pills> ~5 ( too late / goodbye / sleepy / cant undo / wanted to die / want to die / to die /
    dizzy / not wake / regret )
note written: ( <suicide> ( note / letter / notes / letters ) ) !in|from|of
note written: ( wrote / written / writing / write / finished / left / leaving ) ~3 ( goodbye / goodbyes / farewell / suicide / final / last ) ( letter
    / letters / note / notes / messages )
goodbyes said: ( said / saying / say ) ~1 my ( goodbyes / final goodbyes )
means gathered: ( stockpiling / stockpiled / hoarding / hoarded / saving up / saved up / collecting / collected / stashing / stashed / been saving )
    ~3 <pills> !for
means gathered: ( saved / saving / save / have ) enough ~1 <pills>
means gathered: ( tied / made / tying / making ) ~2 noose
means bought: ( bought / ordered / got / found / stole / made / tied ) ~2 ( rope / noose / gun / poison / razor / blades / helium ) ~3 ( hang / kill /
    shoot / end / die / myself / for me )
means in hand: ( have / holding / hold / got / sitting / with / here ) ~3 ( gun / pistol / knife / blade / razor / noose / rope / pills / rifle /
    bottle of pills ) ~2 ( my hand / my hands / to my / my mouth / my lap / front of me / my neck / against my )
means in hand: ( put / held / pointed / holding / pressed / pulled / tied / loaded / wrapped ) ~3 ( gun / pistol / knife / blade / razor / noose /
    rope / belt / bag ) ~4 ( my head / my mouth / my neck / my throat / my wrist / my wrists / my temple / my chest / myself / over my )
means in hand: ( noose / rope / belt ) ~2 ( around / round / on ) my ( neck / throat )
at the place: ( on / at / standing / sitting / near ) ~2 ( <high> ) ~6 ( ( ready / about / going / gonna / will / want / ill ) ~1 ( jump / let go /
    step off / end it ) / @kill )
at the place: ( stood / lay / sat / laid / standing / lying / climbed ) ~2 ( tracks / rails / ledge / railing ) ~3 ( until / waiting / when / till )
things given away: ( gave / given / giving ) ~3 ( away ) ~8 ( gone / dead / need them / need it / wont need / die )
things given away: ( gave / given / giving ) ~1 ( all )? ( my ) ( things / stuff / belongings / possessions / pets ) away ~6 ( gone / dead / wont /
    die )
wounds: ( i / ive / just / already / have ) ( slit / slashed / cut / opened / sliced ) ~1 my ~1 ( wrist / wrists / veins / throat / arm / arms /
    thighs / legs ) !off
self-harm: ( cut / cutting / cuts / burn / burned / burning / burnt / hurting / harming / harmed / scratching / hitting / punching / starving / harm /
    slicing ) <self> !<accident>
self-harm: hurt <self> ( again / on purpose / to feel / because / every / when im / last night / so / bad / badly )
self-harm: ( i / ive / im / to / my / cant / stop / started / been / keep / back / relapsed / relapse / urges ) ~3 ( self harm / self harming / self
    harmed / selfharm / selfharming / cutting again / cutting $ ) !awareness
self-harm: ( self harm / selfharm / cutting ) ~5 ( helps / relief / release / only thing / calms / cope )
self-harm: ( been / started / keep / am / im / i / was / cant stop ) ~1 ( cutting / scratching ) my ( thighs / thigh / legs / arms / wrists ) !off
self-harm: ( cut / scratch / scratched / scratching / bite / punch ) ~3 ( till / until ) ~2 ( bleed / bled / bleeding )
self-harm: ( fresh / new / more ) ( cuts / wounds / burns ) ~2 my
self-harm: ( blade / razor / razors / blades ) ~3 ( skin / wrist / wrists / thigh / thighs / again ) !shaving
poison taken: ( drank / swallowed ) ~2 ( bleach / antifreeze / poison / pesticide / detergent )
""",
}
