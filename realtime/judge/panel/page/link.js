// The connection to the station: opened again whenever it is lost.

const PINGS = 6; // a burst: the first wakes the phone's radio, one of the others is quick
const BETWEEN_PINGS_MS = 60;
const EVERY_MS = 3000;
const SILENCE_MS = 4000; // after a ping without any answer the connection is dead
const OPENING_MS = 2500;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 3000;
const MOST_CLICKS = 256; // in one message
const REPLACED = 4001;

export class Link {
  // `take` gets every message of the station; `changed` is called when the connection comes or
  // goes; `error` gives how well the station's clock is known, in seconds or null.
  constructor({ take, changed, replaced, error }) {
    Object.assign(this, { take, changed, replaced, error });
    this.socket = null;
    this.joined = false;
    this.greeting = null;
    this.timers = new Set();
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this.drop());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.hurry();
    });
  }

  // Connect, say `greeting`, and do so again until `close`.
  open(greeting) {
    this.close();
    this.greeting = greeting;
    this.wait_ms = FIRST_WAIT_MS;
    this.connect();
  }

  close() {
    this.greeting = null;
    this.cut();
  }

  send(message) {
    if (this.joined && this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify(message));
    }
  }

  sendClicks(clicks) {
    const touches = clicks.map(({ seq, time_s, by }) => ({ seq, time_s, by }));
    for (let at = 0; at < touches.length; at += MOST_CLICKS) {
      this.send({ type: "clicks", clicks: touches.slice(at, at + MOST_CLICKS) });
    }
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/panel`);
    this.socket = socket;
    const late = this.later(() => this.drop(), OPENING_MS);
    socket.onopen = () => socket.send(JSON.stringify(this.greeting));
    socket.onclose = ({ code }) => (code === REPLACED ? this.giveWay() : this.drop());
    socket.onmessage = ({ data }) => {
      const received = performance.now();
      const message = JSON.parse(data);
      this.heard = received;
      if (message.type === "welcome") {
        this.cancel(late);
        this.joined = true;
        this.wait_ms = FIRST_WAIT_MS;
      }
      this.take(message, received);
      if (message.type === "welcome") {
        this.measure();
        this.changed();
      }
    };
  }

  measure() {
    const asked = performance.now();
    for (let ping = 0; ping < PINGS; ping += 1) {
      this.later(() => {
        this.send({ type: "ping", sent_ms: performance.now(), error_s: this.error() });
      }, ping * BETWEEN_PINGS_MS);
    }
    this.later(() => this.measure(), EVERY_MS);
    this.later(() => {
      if (this.heard < asked) this.drop();
    }, SILENCE_MS);
  }

  // Lost: try again, each time a little later.
  drop() {
    if (this.greeting === null) return;
    this.cut();
    this.changed();
    this.later(() => this.connect(), this.wait_ms);
    this.wait_ms = Math.min(2 * this.wait_ms, LONGEST_WAIT_MS);
  }

  giveWay() {
    this.close();
    this.replaced();
  }

  // The network or the judge is back: do not wait.
  hurry() {
    if (this.greeting === null) return;
    this.wait_ms = FIRST_WAIT_MS;
    if (this.joined) {
      this.clearTimers();
      this.measure();
    } else {
      this.cut();
      this.connect();
    }
  }

  cut() {
    this.clearTimers();
    this.joined = false;
    if (this.socket !== null) {
      const { socket } = this;
      this.socket = null;
      socket.onopen = socket.onclose = socket.onmessage = null;
      socket.close();
    }
  }

  later(work, wait_ms) {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, wait_ms);
    this.timers.add(timer);
    return timer;
  }

  cancel(timer) {
    clearTimeout(timer);
    this.timers.delete(timer);
  }

  clearTimers() {
    this.timers.forEach((timer) => clearTimeout(timer));
    this.timers.clear();
  }
}
