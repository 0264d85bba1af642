/** The JSON of an address; what the server says is wrong, as an error. */
export async function fetchJson(url, signal) {
  const answer = await fetch(url, { signal });
  const document = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(document.detail ?? `${answer.status} ${answer.statusText}`);
  return document;
}
