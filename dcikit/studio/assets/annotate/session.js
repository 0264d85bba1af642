// Who this page is: a session that no other tab has, and the name of whoever sits here.

const SESSION = "dci-session";
const AUTHOR = "dci-author";
const OUTBOX = "dci-outbox:";

/** Calls that use the browser's storage; where it is forbidden, nothing outlives the page. */
export const storage = {
  read(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  /** Whether it was kept. */
  write(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
      return true;
    } catch {
      return false;
    }
  },
  keys(prefix) {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    } catch {
      return [];
    }
  },
};

export const author = {
  get: () => storage.read(AUTHOR) ?? "",
  set: (name) => storage.write(AUTHOR, name),
};

export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** This tab's session: the one that it had before a reload, unless a copy of the tab has it too. */
export async function openSession() {
  let id = null;
  try {
    id = sessionStorage.getItem(SESSION);
  } catch {}
  if (!id || !(await hold(id))) {
    id = newId();
    await hold(id);
  }
  try {
    sessionStorage.setItem(SESSION, id);
  } catch {}
  return id;
}

export const outboxKey = (journal, session) => `${OUTBOX}${journal}:${session}`;

/** Calls `adopt` with the key of every outbox of a journal that a closed tab left; with those of other tabs when they are closed. */
export function whenAbandoned(journal, own, adopt) {
  const others = storage.keys(outboxKey(journal, "")).filter((key) => key !== outboxKey(journal, own));
  for (const key of others) {
    const name = lockName(key.slice(outboxKey(journal, "").length));
    if (navigator.locks) navigator.locks.request(name, () => adopt(key));
    else adopt(key);
  }
}

const lockName = (id) => `dci-session:${id}`;

/** Takes the lock of a session until the page is left; false if another tab has it. Without locks every tab is the only one. */
function hold(id) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    navigator.locks.request(lockName(id), { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => {});
    });
  });
}
