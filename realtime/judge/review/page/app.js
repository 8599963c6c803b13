// The review: keys and buttons in, pictures, marks and results out. What is kept, the station keeps.

import { Film } from "./film.js";
import { attemptAt, athleteAt, describe, inForce, near, next, of, previous } from "./marks.js";
import { Picture, ZOOMS } from "./picture.js";
import { Player } from "./player.js";
import { Plot } from "./plot.js";
import { showResult } from "./result.js";
import { reviewer, showReviewer } from "./reviewer.js";
import { Sound } from "./sound.js";

const FAR = 10; // frames, with Shift
const SAID_MS = 6000;
const RATES = { 1: 1, 2: 1 / 2, 3: 3 / 4, 4: 1 / 4 }; // by key

const $ = (id) => document.getElementById(id);

class Review {
  constructor(session, state, tracks) {
    Object.assign(this, { session, state, tracks });
    this.chosen = null; // the athlete, when it is not left to the legs
    this.picked = null; // the mark that was gone to
    this.edits = Promise.resolve(); // one after the other
    const redraw = () => this.redraw();
    const moved = () => {
      if (this.player.playing) this.picked = null;
      this.sound.follow();
      redraw();
    };
    this.film = session.film
      ? new Film(session.times.length, (number) => number === this.player.frame && redraw())
      : null;
    this.player = new Player(session.times, this.film, moved);
    this.sound = new Sound(session.silent, this.player, (text) => this.say(text));
    this.picture = new Picture($("picture"), session, tracks);
    this.plot = new Plot($("plot"), session, (t) => this.seek(t), redraw);
  }

  get time() {
    return this.player.time;
  }

  get attempt() {
    return attemptAt(this.state, this.time);
  }

  get athlete() {
    const { athletes } = this.session;
    return (
      this.chosen ??
      athleteAt(this.state.attempts[this.attempt], this.time) ??
      (athletes.find((each) => each.meant) ?? athletes[0])?.number ??
      1
    );
  }

  // The mark at this frame: the one gone to, else the nearest.
  get selected() {
    const marks = of(this.state, this.athlete);
    const { picked } = this;
    if (picked) {
      const there = marks.filter(
        (mark) => mark.time_s === picked.time_s && mark.kind === picked.kind,
      );
      if (there.length > 0) return there.find(inForce) ?? there[0];
    }
    return near(marks, this.time);
  }

  seek(t) {
    this.player.pause();
    this.picked = null;
    this.player.go(this.player.frameAt(t));
  }

  step(frames) {
    this.player.pause();
    this.picked = null;
    this.player.go(this.player.frame + frames);
  }

  // From where the next mark is looked for: a mark and its frame differ by parts of a frame.
  get cursor() {
    const here = this.picked ?? this.selected;
    const same = here && this.player.frameAt(here.time_s) === this.player.frame;
    return same ? here.time_s : this.time;
  }

  // To the next or previous of `marks`, which are in order of time.
  goTo(find, marks, none) {
    const mark = find(marks, this.cursor);
    if (mark === null) return this.say(none);
    this.seek(mark.time_s);
    this.picked = mark;
    this.redraw();
  }

  goToMark(find) {
    const marks = [...of(this.state, this.athlete).filter(inForce), ...this.state.beeps];
    marks.sort((one, other) => one.time_s - other.time_s);
    this.goTo(find, marks, "no more marks there");
  }

  goToFlagged(find) {
    const marks = of(this.state, this.athlete).filter((mark) => mark.flagged);
    this.goTo(find, marks, "no more flagged jumps there");
  }

  add(foot) {
    this.edit({ type: "add jump", athlete: this.athlete, frame: this.player.frame, foot });
  }

  addMiss() {
    const mark = this.selected;
    if (mark?.kind !== "jump" || !inForce(mark)) {
      return this.say("go to the jump that was missed (n, p), then m");
    }
    this.edit({ type: "add miss", athlete: mark.athlete, time_s: mark.time_s });
  }

  remove() {
    const mark = this.selected;
    if (!mark) return this.say("no mark is at this frame; n and p go to one");
    if (!inForce(mark)) return this.say("it is removed already; u undoes that");
    const { athlete, time_s, foot } = mark;
    this.edit({ type: "remove", athlete, time_s, foot });
  }

  confirm() {
    const mark = this.selected;
    if (mark?.seen && inForce(mark)) return this.say(`${mark.seen} has seen it already`);
    if (!mark?.flagged || !inForce(mark)) {
      return this.say("go to a flagged jump (f); c says that it is right");
    }
    const { athlete, time_s, foot } = mark;
    this.edit({ type: "confirm", athlete, time_s, foot });
  }

  // The head judge: `by` more of a fault than is shown; null: as the machine says.
  rule({ what, count, most }, by) {
    const ruled = by === null ? null : Math.max(0, Math.min(most, count + by));
    const { legs } = this.state.attempts[this.attempt];
    this.edit({ type: "rule", what, count: ruled, time_s: legs.at(-1)?.begin_s ?? this.time });
  }

  hear() {
    if (this.sound.silent) return this.say(this.sound.silent);
    this.sound.toggle();
    this.redraw();
  }

  undo(place = this.state.edits.findLast((edit) => edit.force)?.place) {
    if (place === undefined) return this.say("there is no edit to undo");
    this.edit({ type: "undo", place });
  }

  edit(change) {
    this.player.pause();
    this.edits = this.edits.then(() => this.send(change));
  }

  async send(change) {
    const who = await reviewer();
    if (!who) return;
    try {
      const answer = await fetch("/edit", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ ...change, who }),
      });
      if (answer.ok) {
        this.state = await answer.json();
        $("said").hidden = true;
      } else {
        this.say(await answer.text());
      }
    } catch {
      this.say("not kept: the review has ended at its station; start it there again");
    }
    this.redraw();
  }

  say(text) {
    $("said").textContent = text;
    $("said").hidden = false;
    clearTimeout(this.saying);
    this.saying = setTimeout(() => ($("said").hidden = true), SAID_MS);
  }

  redraw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  draw() {
    const { state, athlete, selected, time, session } = this;
    const { frame, playing, rate } = this.player;
    const track = this.tracks.get(athlete);
    const image = this.film?.get(frame);
    if (image || !this.film || this.film.broken.has(frame)) {
      this.picture.draw({ frame, image, athlete, mark: selected });
      $("screen").dataset.frame = frame; // what is seen
    }
    if (!this.plot.drag) this.plot.follow(time);
    this.plot.draw({ state, time, athlete, track, selected });

    const attempt = state.attempts[this.attempt];
    const start = attempt.legs[0]?.begin_s;
    const since = start === null || start === undefined ? "" : ` · ${clock(time - start)} after beep`;
    $("at").textContent = `${time.toFixed(3)} s`;
    $("frame").textContent = `frame ${frame} of ${session.times.length}${since}`;
    const counted = of(state, athlete).filter(
      (mark) => inForce(mark) && mark.count !== null && mark.time_s <= time + 1e-6,
    );
    $("sofar").textContent = counted.at(-1)?.count ?? 0;
    const broken = this.film?.broken.get(frame);
    $("here").textContent = broken ?? (selected ? describe(selected) : "");
    $("play").firstChild.textContent = playing ? "❚❚" : "▶";
    for (const button of $("speeds").children) {
      button.setAttribute("aria-pressed", `${RATES[button.dataset.key] === rate}`);
    }
    $("sound").setAttribute("aria-pressed", `${this.sound.on}`);
    $("screen").dataset.sound = this.sound.playing ? "playing" : "silent";
    $("zoom").setAttribute("aria-pressed", `${this.picture.zoom > 0}`);
    $("athlete").value = `${athlete}`;
    showResult(this, attempt, this.attempt + 1);
  }
}

function clock(t) {
  return `${t < 0 ? "−" : ""}${Math.abs(t).toFixed(2)} s`;
}

function keysOf(review) {
  const rate = (key) => review.player.setRate(RATES[key]);
  return {
    ArrowLeft: (far) => review.step(far ? -FAR : -1),
    ArrowRight: (far) => review.step(far ? FAR : 1),
    " ": () => review.player.toggle(),
    1: () => rate(1),
    2: () => rate(2),
    3: () => rate(3),
    4: () => rate(4),
    s: () => review.hear(),
    n: () => review.goToMark(next),
    p: () => review.goToMark(previous),
    f: (back) => review.goToFlagged(back ? previous : next),
    l: () => review.add("left"),
    r: () => review.add("right"),
    b: () => review.add("both"),
    m: () => review.addMiss(),
    c: () => review.confirm(),
    x: () => review.remove(),
    Delete: () => review.remove(),
    u: () => review.undo(),
    z: () => {
      review.picture.zoom = (review.picture.zoom + 1) % ZOOMS.length;
      review.redraw();
    },
    "+": () => zoomPlot(review, 1 / 1.5),
    "-": () => zoomPlot(review, 1.5),
    Home: () => review.step(-Infinity),
    End: () => review.step(Infinity),
  };
}

function zoomPlot(review, factor) {
  review.plot.zoom(factor, review.time);
  review.redraw();
}

function listen(review) {
  const keys = keysOf(review);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("ask").open) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const work = keys[name];
    if (!work || (event.repeat && !name.startsWith("Arrow"))) return;
    event.preventDefault();
    work(event.shiftKey);
  });
  for (const button of document.querySelectorAll("[data-key]")) {
    button.addEventListener("click", (event) => {
      keys[button.dataset.key](event.shiftKey);
      button.blur(); // the space bar plays
    });
  }
  $("who").addEventListener("click", (event) => {
    event.currentTarget.blur();
    reviewer({ again: true });
  });
  $("athlete").addEventListener("change", ({ target }) => {
    review.chosen = Number(target.value);
    target.blur();
    review.redraw();
  });
  new ResizeObserver(() => review.redraw()).observe(document.body);
}

async function loadTrack(number, frames) {
  const bytes = await (await fetch(`/track/${number}`)).arrayBuffer();
  const heights = new Float32Array(bytes, 0, 3 * frames);
  return {
    left: heights.subarray(0, frames),
    right: heights.subarray(frames, 2 * frames),
    hips: heights.subarray(2 * frames),
    joints: new Int16Array(bytes, 12 * frames),
  };
}

async function open() {
  const [session, state] = await Promise.all(
    ["/session", "/state"].map(async (path) => (await fetch(path)).json()),
  );
  const tracks = new Map();
  for (const { number } of session.athletes) {
    tracks.set(number, await loadTrack(number, session.times.length));
  }
  document.title = `${session.title} · FlipTally review`;
  const code = session.code === "custom" ? "" : ` ${session.code}`;
  $("title").textContent = `${session.title} ·${code} ${session.event}`;
  $("title").title = session.source;
  if (session.began) $("title").textContent += ` · ${session.began.slice(0, 16).replace("T", " ")}`;
  $("sound").title = session.silent || "The film’s own sound while it plays";
  $("sound").disabled = session.silent !== "";
  for (const { number, jumps } of session.athletes) {
    $("athlete").append(new Option(`${number} (${jumps} jumps)`, number));
  }
  $("athletes").hidden = session.athletes.length < 2;
  $("exports").lastElementChild.hidden = !session.pdf;
  showReviewer();
  const review = new Review(session, state, tracks);
  listen(review);
  const first = state.attempts[0].legs[0]?.begin_s ?? state.marks[0]?.time_s ?? 0;
  review.seek(first);
  document.body.dataset.ready = "yes";
}

open();
