// Talking to the server: every answer is data, every failure one of two errors.

/** The server said no: `status` and what it answered. */
export class Refused extends Error {
  constructor(status, body) {
    super(typeof body.detail === "string" ? body.detail : `The server answered ${status}.`);
    this.status = status;
    this.body = body;
  }
}

/** There was no answer, or one of a server in trouble: the same may be sent again. */
export class Unreachable extends Error {}

export const get = (path) => request(path, { cache: "no-cache" });

export const post = (path, body) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

async function request(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Unreachable("Connection lost.");
  }
  if (answer.status >= 500) throw new Unreachable(`The server is in trouble (${answer.status}).`);
  if (answer.status === 410) throw new Unreachable("Another folder is served here now.");
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, body);
  return body;
}
