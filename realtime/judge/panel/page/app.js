// The judge's screen.

import { moment, StationClock } from "./clock.js";
import { Ledger } from "./ledger.js";
import { Link } from "./link.js";

const LARGE_ERROR_S = 0.05; // as the station's
const GHOST_MS = 50; // no hand clicks twice within it; a palm or two fingers at once do
const REFRESH_MS = 100;

const WORDS = {
  waiting: { phase: "Waiting", click: "Try it", unit: "practice clicks" },
  armed: { phase: "Get ready", click: "Click", unit: "clicks" },
  running: { phase: "Count", click: "Click", unit: "clicks" },
  ended: { phase: "Ended", click: "Ended", unit: "your count" },
};

const at = (id) => document.getElementById(id);
const ledger = new Ledger();
const clock = new StationClock(ledger.wall);
const link = new Link({ take, changed: draw, replaced, error });
let state = {
  phase: "waiting", title: "", from_s: 0, until_s: null, end_s: null,
  switches: 0, false_starts: null, false_switches: null,
};
let lastTouch = -Infinity;
let lost = 0;
let wakeLock = null;

start();

function start() {
  at("name").value = ledger.name ?? "";
  at("head").checked = ledger.head;
  at("code").value = decodeURIComponent(location.hash.slice(1)).toUpperCase();
  at("join").addEventListener("submit", join);
  at("here").addEventListener("click", () => location.reload());
  at("undo").addEventListener("click", (event) => undo(moment(event)));
  at("leave").addEventListener("click", leave);
  at("start").addEventListener("click", () => rule("false start", state.false_starts, 1));
  at("switch").addEventListener(
    "click", () => rule("false switch", state.false_switches, state.switches));
  at("click").addEventListener("pointerdown", press);
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    at("click").addEventListener(end, release);
  }
  document.addEventListener("keydown", key);
  document.addEventListener("contextmenu", (event) => event.preventDefault());
  document.addEventListener("visibilitychange", stayAwake);
  setInterval(draw, REFRESH_MS);
  if (ledger.name) open("");
  else show("join");
}

function show(screen) {
  for (const id of ["join", "panel", "elsewhere"]) at(id).hidden = id !== screen;
  document.body.dataset.screen = screen;
}

// ---- joining

function join(event) {
  event.preventDefault();
  at("why").textContent = "";
  at("enter").disabled = true;
  ledger.name = at("name").value;
  ledger.head = at("head").checked;
  open(at("code").value);
  document.activeElement?.blur(); // the phone's keyboard goes away
}

function open(code) {
  if (code === "") show("panel");
  link.open({ type: "join", name: ledger.name, token: ledger.token, head: ledger.head, code });
}

function refused({ why, wait_s }) {
  link.close();
  show("join");
  const until = performance.now() + 1000 * wait_s;
  const wait = () => {
    const left_s = Math.ceil((until - performance.now()) / 1000);
    at("enter").disabled = left_s > 0;
    at("why").textContent = left_s > 0 ? `${why} Try again in ${left_s} s.` : why;
    if (left_s > 0) setTimeout(wait, 200);
  };
  wait();
}

function leave() {
  link.send({ type: "leave" });
  link.close();
  ledger.leave();
  at("name").value = at("code").value = at("why").textContent = "";
  at("enter").disabled = false;
  show("join");
}

function replaced() {
  show("elsewhere");
}

// ---- the station's messages

function take(message, received) {
  if (message.type === "welcome") welcome(message);
  else if (message.type === "refused") refused(message);
  else if (message.type === "pong") {
    clock.add(message.sent_ms, received, message.time_s);
    ledger.wall = clock.wall;
  } else if (message.type === "received") ledger.acknowledge(message.seq);
  else if (message.type === "state") {
    state = message;
    ledger.prune(state.from_s);
  }
  draw();
}

function welcome(message) {
  lost = ledger.welcome(message);
  link.greeting.code = "";
  at("enter").disabled = false;
  history.replaceState(null, "", location.pathname); // the code need not stay in view
  show("panel");
  stayAwake();
  link.sendClicks(ledger.unsent); // before any newer one: the station takes numbers upward only
}

// ---- counting

function press(event) {
  event.preventDefault();
  if (event.button !== 0) return;
  count(moment(event));
}

function release() {
  at("click").classList.remove("down");
}

function key(event) {
  if (at("panel").hidden || event.repeat || event.target.closest("#undo, #leave, #faults")) return;
  if (event.key === " " || event.key === "Enter") {
    event.preventDefault();
    count(moment(event));
    setTimeout(release, REFRESH_MS);
  } else if (event.key === "Backspace") undo(moment(event));
}

function count(touched) {
  const now = clock.time(touched);
  if (now === null || touched - lastTouch < GHOST_MS) return;
  lastTouch = touched;
  link.sendClicks([ledger.add(1, now.time_s)]);
  navigator.vibrate?.(18);
  at("click").classList.add("down");
  draw();
}

function undo(touched) {
  const now = clock.time(touched);
  if (now === null || !ledger.canUndo(state.from_s)) return;
  link.sendClicks([ledger.add(-1, now.time_s)]);
  navigator.vibrate?.([12, 50, 12]);
  draw();
}

// ---- the head judge's faults: each touch is one more, after the most none again

function rule(what, count, most) {
  link.send({ type: "rule", what, count: count === null ? 1 : (count + 1) % (most + 1) });
  navigator.vibrate?.([12, 50, 12]);
}

function drawFaults(phase) {
  const { switches, false_starts, false_switches } = state;
  at("faults").hidden = !ledger.head;
  at("switch").hidden = switches === 0;
  for (const [id, words, count] of [
    ["start", "False start", false_starts],
    ["switch", "False switch", false_switches],
  ]) {
    text(id, `${words} ${count ?? "–"}`);
    at(id).disabled = !link.joined || !["running", "ended"].includes(phase);
    at(id).classList.toggle("off", count > 0);
  }
}

// ---- drawing

function draw() {
  if (at("panel").hidden) return;
  const now = clock.time(performance.now());
  const phase = phaseAt(now);
  const words = WORDS[phase];
  at("panel").dataset.phase = phase;
  text("who", ledger.name);
  text("title", state.title);
  text("phase", words.phase);
  text("left", phase === "running" ? clockFace(state.end_s - now.time_s) : "");
  text("count", ledger.count(state.from_s, state.until_s));
  text("unit", words.unit);
  text("click", now === null ? "Connecting …" : words.click);
  at("click").disabled = now === null;
  at("undo").disabled = !ledger.canUndo(state.from_s);
  const stays = phase === "armed" || phase === "running" || ledger.unsent.length > 0;
  at("leave").classList.toggle("away", stays || !link.joined);
  drawFaults(phase);
  drawLink(now);
  text("note", note(phase));
}

// Without a connection the phone knows the end of a running attempt by itself.
function phaseAt(now) {
  const { phase, end_s } = state;
  if (phase !== "running" || end_s === null || now === null) {
    return phase === "running" ? "armed" : phase;
  }
  return now.time_s >= end_s ? "ended" : "running";
}

function drawLink(now) {
  const error_ms = now === null ? null : Math.ceil(1000 * now.error_s);
  const unsent = ledger.unsent.length;
  if (!link.joined) {
    const what = unsent > 0 ? `${unsent} not sent yet` : "keep counting";
    text("link", `No connection · ${what}`);
    at("link").dataset.state = "lost";
  } else if (error_ms !== null && now.error_s > LARGE_ERROR_S) {
    text("link", `Slow network · times ±${error_ms} ms`);
    at("link").dataset.state = "slow";
  } else {
    text("link", error_ms === null ? "Connected" : `Connected · times ±${error_ms} ms`);
    at("link").dataset.state = "good";
  }
}

function note(phase) {
  if (!ledger.kept) return "This browser keeps nothing: do not reload or close this page.";
  if (lost > 0) return `${lost} clicks of an earlier session were not sent; their station is gone.`;
  if (phase === "waiting" && wakeLock === null) {
    return "Let your phone’s screen stay on: set its auto-lock to a long time.";
  }
  return "";
}

function clockFace(left_s) {
  const whole = Math.max(0, Math.ceil(left_s));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function text(id, value) {
  const element = at(id);
  if (element.textContent !== String(value)) element.textContent = value;
}

// ---- the phone

// How well the station's clock is known by measuring, in seconds.
function error() {
  return clock.samples.length > 0 ? clock.time(performance.now()).error_s : null;
}

// Browsers allow this on https and localhost only; elsewhere the note asks the judge.
async function stayAwake() {
  if (document.visibilityState !== "visible" || !navigator.wakeLock) return;
  try {
    wakeLock = await navigator.wakeLock.request("screen");
    wakeLock.addEventListener("release", () => { wakeLock = null; });
  } catch {
    wakeLock = null;
  }
}
