// The public REST API, and where its access tokens come from.

/** The server said no. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    const named = (body.errors ?? []).map((each) => `${each.path} ${each.message}`).join("; ");
    super(named || body.detail || body.title || `The server answered ${status}`);
    this.status = status;
    this.code = body.code;
    this.crisis = body.crisis;
    this.body = body;
    this.retryAfter = body.retryAfter ?? Number(retryAfter || 0);
  }
}

/** The server was not reached. */
export class Lost extends Error {
  constructor() {
    super("The server cannot be reached just now");
  }
}

async function send(method, path, { body, form, headers = {}, seconds = 15 } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
      body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
      cache: "no-store",
      signal: AbortSignal.timeout(seconds * 1000),
    });
    if (response.status === 204) return null;
    const answer = await response.json();
    if (response.ok) return answer;
    throw new Problem(response.status, answer, response.headers.get("Retry-After"));
  } catch (error) {
    if (error instanceof Problem) throw error;
    // Something between us and the server answered in its place.
    if (response && !response.ok) throw new Problem(response.status, {}, response.headers.get("Retry-After"));
    throw new Lost();
  }
}

const RENEW_EARLY = 120_000;

/** Access tokens. `fetch` of a subclass gets a new one as {accessToken, expiresIn}. */
class Tokens {
  #token = null;
  #expires = 0;
  #asking = null;

  get expires() {
    return this.#expires;
  }

  /** A token that is good for a while. Raises Problem 401 when this page is signed out, Lost. */
  async get(fresh = false) {
    if (!fresh && this.#token && Date.now() < this.#expires - RENEW_EARLY) return this.#token;
    this.#asking ??= this.#renew().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #renew() {
    const asked = Date.now();
    const answer = await this.fetch();
    this.#token = answer.accessToken;
    this.#expires = asked + answer.expiresIn * 1000;
    return this.#token;
  }
}

/** A counselor's, by the console's cookie. */
export class CounselorTokens extends Tokens {
  counselor = null;

  async fetch() {
    const answer = await send("POST", "/console/token");
    this.counselor = answer.counselor;
    return answer;
  }
}

/** Those of staff, by the same cookie. */
export class StaffTokens extends Tokens {
  staff = null;

  async fetch() {
    const answer = await send("POST", "/console/analysts/token");
    this.staff = answer.staff;
    return answer;
  }
}

const KEPT = "mentalspace-try";

/** Those of an anonymous person, made for this tab and kept in it. */
export class PersonTokens extends Tokens {
  async fetch() {
    const kept = sessionStorage.getItem(KEPT);
    if (kept) {
      try {
        return this.#keep(await send("POST", "/api/auth/refresh", { body: { refreshToken: kept } }));
      } catch (error) {
        if (error.status !== 401) throw error;
        sessionStorage.removeItem(KEPT);
      }
    }
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const about = { isAnonymous: true, language: navigator.language };
    try {
      return this.#keep(await send("POST", "/api/auth/register", { body: { ...about, timezone: zone } }));
    } catch (error) {
      if (error.status !== 422) throw error;
      return this.#keep(await send("POST", "/api/auth/register", { body: { isAnonymous: true } }));
    }
  }

  #keep(answer) {
    sessionStorage.setItem(KEPT, answer.refreshToken);
    return answer;
  }
}

export class Api {
  constructor(tokens) {
    this.tokens = tokens;
  }

  get = (path) => this.#send("GET", path);
  post = (path, body) => this.#send("POST", path, { body });
  put = (path, body) => this.#send("PUT", path, { body });
  delete = (path) => this.#send("DELETE", path);

  upload(path, file) {
    const form = new FormData();
    form.append("file", file);
    return this.#send("POST", path, { form, seconds: 120 });
  }

  async #send(method, path, options = {}) {
    const headers = { Authorization: `Bearer ${await this.tokens.get()}` };
    try {
      return await send(method, `/api${path}`, { ...options, headers });
    } catch (error) {
      if (error.status !== 401) throw error;
      headers.Authorization = `Bearer ${await this.tokens.get(true)}`;
      return send(method, `/api${path}`, { ...options, headers });
    }
  }
}

/** For the console's own routes. */
export const console_ = { post: (path, body) => send("POST", `/console${path}`, { body }) };
