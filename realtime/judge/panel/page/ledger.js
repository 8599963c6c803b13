// This judge's clicks, kept on the phone until the station has them.

const KEY = "fliptally-panel";

export class Ledger {
  constructor() {
    this.kept = true; // whether the browser keeps what it is given
    Object.assign(this, empty(), this.read());
    if (!this.token) this.token = secret();
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
      return {};
    }
  }

  save() {
    const { token, name, head, session, received, next, clicks, wall } = this;
    try {
      localStorage.setItem(
        KEY, JSON.stringify({ token, name, head, session, received, next, clicks, wall }));
    } catch {
      this.kept = false;
    }
  }

  get unsent() {
    return this.clicks.filter((click) => click.seq > this.received);
  }

  add(by, time_s) {
    const click = { seq: this.next, time_s, by };
    this.next += 1;
    this.clicks.push(click);
    this.save();
    return click;
  }

  // The station has everything up to `seq`.
  acknowledge(seq) {
    if (seq > this.received) {
      this.received = seq;
      this.save();
    }
  }

  // The station knows this phone in `session`. How many clicks of another session are lost: their
  // station is gone.
  welcome({ name, head, session, received }) {
    const lost = this.session && this.session !== session ? this.unsent.length : 0;
    if (this.session !== session) Object.assign(this, { clicks: [], next: 1, received: 0 });
    // A station that was killed may lack what it had confirmed: what it has is what counts.
    Object.assign(this, { name, head, session, received });
    this.next = Math.max(this.next, received + 1);
    this.save();
    return lost;
  }

  leave() {
    this.name = null;
    this.head = false;
    this.clicks = [];
    this.save();
  }

  // Clicks that were not taken back.
  standing() {
    const standing = [];
    for (const click of this.clicks) {
      if (click.by === 1) standing.push(click);
      else standing.pop();
    }
    return standing;
  }

  count(from_s, until_s) {
    const inside = ({ time_s }) => time_s >= from_s && (until_s === null || time_s < until_s);
    return this.standing().filter(inside).length;
  }

  canUndo(from_s) {
    const last = this.standing().pop();
    return last !== undefined && last.time_s >= from_s;
  }

  // Nobody asks for clicks before `from_s` any more.
  prune(from_s) {
    const length = this.clicks.length;
    this.clicks = this.clicks.filter(
      (click) => click.seq > this.received || click.time_s >= from_s);
    if (this.clicks.length !== length) this.save();
  }
}

function empty() {
  return {
    token: null, name: null, head: false, session: null, received: 0, next: 1, clicks: [],
    wall: null,
  };
}

function secret() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
