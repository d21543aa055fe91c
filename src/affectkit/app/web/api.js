/** The server's routes. A refusal is a `Refused` with the server's own sentence. */

export class Refused extends Error {
  constructor(status, kind, message) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

const NORMAL = 1000; // the code of a stream that ended as it should
const LAST_MS = 2000; // what a stream has still to tell may take
const UNAUTHORISED = 401;
const UNREACHED = "expected an answer of the server; found none; see whether affectkit serve still runs";

export class Api {
  #token = null;

  set token(token) {
    this.#token = token || null;
  }

  /** The bundles that are served. */
  models() {
    return this.#json("v1/models", {});
  }

  /** The names of the label schemes that predictions can be told in. */
  taxonomies() {
    return this.#json("v1/taxonomies", {});
  }

  /** Predictions on texts; `options` are those of the route's query. */
  texts(texts, options, signal) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(texts.length === 1 ? { text: texts[0] } : { texts });
    return this.#predict({ method: "POST", headers, body, signal }, options);
  }

  /** Predictions on a file, with a transcript of it or none. */
  file(file, transcript, options, signal) {
    const body = new FormData();
    body.append("file", file, file.name || "recording");
    if (transcript) body.append("transcript", transcript, transcript.name);
    return this.#predict({ method: "POST", body, signal }, options);
  }

  async #predict(request, options) {
    const query = new URLSearchParams(Object.entries(options).filter(([, value]) => value));
    const found = await this.#json(`v1/predict?${query}`, request);
    if (!Array.isArray(found))
      throw new Refused(200, "data", "expected a list of predictions; found something else; report it");
    return found;
  }

  async #json(route, request) {
    const headers = { ...request.headers, ...(this.#token && { Authorization: `Bearer ${this.#token}` }) };
    let answer;
    try {
      answer = await fetch(new URL(route, document.baseURI), { ...request, headers });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refused(0, "network", UNREACHED);
    }
    const found = await answer.json().catch(() => null);
    if (answer.ok && found !== null) return found;
    throw refused(answer.status, found);
  }

  /**
   * A stream of sound or pictures. `heard` has rows (list), refused (Refused) and closed (); after a refusal it is
   * closed. Gives {send(binary) -> whether it was taken, end() -> when all is told}; what a slow server has not taken
   * yet is bounded.
   */
  stream(opening, heard) {
    const address = new URL("v1/stream", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    const most_bytes = 500_000;
    let [met, ended] = [false, false];
    const closed = new Promise((done) => socket.addEventListener("close", done));
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      met = true;
      socket.send(JSON.stringify({ ...opening, ...(this.#token && { token: this.#token }) }));
    });
    socket.addEventListener("message", ({ data }) => {
      const found = JSON.parse(data);
      if (Array.isArray(found)) heard.rows(found);
      else if (found.id !== undefined) heard.rows([found]);
      else if (found.error) {
        ended = true;
        heard.refused(refused(0, found));
      }
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (!ended && (!met || code !== NORMAL)) heard.refused(new Refused(0, "stream", reason || UNREACHED));
      heard.closed();
    });
    return {
      send(binary) {
        const taken = socket.readyState === WebSocket.OPEN && socket.bufferedAmount < most_bytes;
        if (taken) socket.send(binary);
        return taken;
      },
      async end() {
        ended = true;
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ end: true }));
        await Promise.race([closed, new Promise((done) => setTimeout(done, LAST_MS))]);
        socket.close(NORMAL);
      },
    };
  }
}

function refused(status, found) {
  const error = found?.error;
  // a stream has no status: what kind of refusal it is stands in its message
  if (error?.message)
    return new Refused(status || (error.kind === "token" ? UNAUTHORISED : 0), error.kind, error.message);
  return new Refused(
    status,
    "server",
    `expected predictions; found the answer ${status} of the server; look into its log`,
  );
}
