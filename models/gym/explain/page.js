"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const by = (id) => document.getElementById(id);
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

for (const recording of data.recordings) {
  recording.points = new Int16Array(bytes(recording.points).buffer);
}
for (const network of data.networks) {
  for (const part of network.parts) part.states = new Int8Array(bytes(part.states).buffer);
}

const now = { network: 0, recording: 0, frame: 0, blind: false, timer: 0 };
const network = () => data.networks[now.network];
const recording = () => data.recordings[now.recording];

/* -1 to 1 of a neuron of a part at a frame of a recording. */
function state(part, row, frame, unit) {
  return part.states[(row * data.frames + frame) * part.units + unit] / 127;
}

/* The thesis's colours: the redder the lower, the greener the higher, blue always 128. */
function colour(value) {
  const score = (value + 1) / 2;
  if (!now.blind) return [255 * (1 - score), 255 * score, 128];
  const low = [230, 120, 20], middle = [128, 128, 128], high = [30, 110, 235];
  const [from, to, share] = value < 0 ? [middle, low, -value] : [middle, high, value];
  return from.map((channel, i) => channel + share * (to[i] - channel));
}
const css = (value) => `rgb(${colour(value).map(Math.round).join(",")})`;

function svg(name, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

const LEFT = 130, CELL = 8, ROW = 18, TOP = 20, PLOT = 64, GAP = 14;

/* Each neuron as a strip and, for each part, as curves; the cursor is moved on its own. */
function drawStrips() {
  const parts = network().parts, row = now.recording, end = recording().frames;
  const width = LEFT + data.frames * CELL + 10;
  const height = TOP + parts.reduce((sum, part) => sum + part.units * ROW + PLOT + GAP, 0);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  root.setAttribute("aria-label", `Neurons of ${network().title} during ${recording().name}`);
  for (let frame = 0; frame < data.frames; frame += 10) {
    root.append(svg("text", { x: LEFT + frame * CELL, y: 13, class: "pale" }, frame));
  }
  let y = TOP;
  for (const part of parts) {
    const name = part.part === part.sees ? part.part : `${part.part}*`;
    root.append(svg("text", { x: 0, y: y + 14 }, name));
    for (let unit = 0; unit < part.units; unit++) {
      root.append(svg("text", { x: LEFT - 16, y: y + unit * ROW + 13, class: "pale" }, unit + 1));
      for (let frame = 0; frame < data.frames; frame++) {
        root.append(svg("rect", {
          x: LEFT + frame * CELL, y: y + unit * ROW, width: CELL, height: ROW - 1,
          fill: css(state(part, row, frame, unit)), opacity: frame < end ? 1 : 0.45,
          "shape-rendering": "crispEdges",
        }));
      }
    }
    y += part.units * ROW;
    for (let unit = 0; unit < part.units; unit++) {
      const path = Array.from({ length: data.frames }, (_, frame) =>
        `${LEFT + (frame + 0.5) * CELL},${y + 4 + (PLOT - 8) * (1 - state(part, row, frame, unit)) / 2}`);
      root.append(svg("polyline", {
        points: path.join(" "), fill: "none", "stroke-width": 2, stroke: "var(--ink)",
        "stroke-dasharray": unit ? "5 4" : "none",
      }));
    }
    for (const [value, at] of [["1", 10], ["-1", PLOT - 2]]) {
      root.append(svg("text", { x: LEFT - 20, y: y + at, class: "pale" }, value));
    }
    root.append(svg("line", {
      x1: LEFT, x2: LEFT + data.frames * CELL, y1: y + PLOT / 2, y2: y + PLOT / 2,
      stroke: "var(--rule)",
    }));
    y += PLOT + GAP;
  }
  const mark = (frame, label, dash, anchor) => {
    if (frame === null) return;
    const x = LEFT + frame * CELL;
    root.append(svg("line", {
      x1: x, x2: x, y1: TOP, y2: height - GAP, stroke: "var(--pale)", "stroke-dasharray": dash,
    }));
    root.append(svg("text", {
      x: x + (anchor === "end" ? -3 : 3), y: height - 2, class: "pale", "text-anchor": anchor,
    }, label));
  };
  mark(recording().takeoff, "take-off", "2 3", "end");
  mark(recording().landing, "landing", "2 3", "end");
  if (end < data.frames - 8) mark(end, "zeros", "none", "start");
  root.append(svg("rect", {
    id: "cursor", y: TOP - 4, width: CELL, height: height - TOP, fill: "none",
    stroke: "var(--accent)", "stroke-width": 2,
  }));
  root.addEventListener("click", (event) => {
    const box = root.getBoundingClientRect();
    seek(Math.floor(((event.clientX - box.left) / box.width * width - LEFT) / CELL));
  });
  by("strips").replaceChildren(root);
  drawCursor();
}

function drawCursor() {
  document.getElementById("cursor")?.setAttribute("x", LEFT + now.frame * CELL);
}

/* Where the whole recording fits into the canvas: scale and origin. */
function fit(points, end, canvas) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < end * 30; i += 2) {
    left = Math.min(left, points[i]); right = Math.max(right, points[i]);
    top = Math.min(top, points[i + 1]); bottom = Math.max(bottom, points[i + 1]);
  }
  const scale = 0.9 * Math.min(canvas.width / (right - left), canvas.height / (bottom - top));
  return {
    scale, x: canvas.width / 2 - scale * (left + right) / 2,
    y: canvas.height / 2 - scale * (top + bottom) / 2,
  };
}

function drawBody() {
  const canvas = by("body"), context = canvas.getContext("2d"), { points, frames } = recording();
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (now.frame >= frames) {
    context.fillStyle = "gray";
    context.font = "16px system-ui, sans-serif";
    context.fillText("the recording has ended: zeros", 20, 32);
    return;
  }
  const place = fit(points, frames, canvas);
  const at = (joint) => {
    const i = (now.frame * 15 + joint) * 2;
    return [place.x + place.scale * points[i], place.y + place.scale * points[i + 1]];
  };
  const parts = Object.fromEntries(network().parts.map((part) => [part.part, part]));
  context.lineCap = "round";
  context.lineWidth = 9;
  for (const [near, far, name] of data.limbs) {
    const part = parts[name] ?? parts.body;
    context.strokeStyle = css(state(part, now.recording, now.frame, 0));
    context.beginPath();
    context.moveTo(...at(near));
    context.lineTo(...at(far));
    context.stroke();
  }
}

/* All recordings of each kind, one canvas for each neuron. */
function drawAll() {
  const columns = data.labels.map((label, kind) => {
    const rows = data.recordings.flatMap((each, row) => (each.label === kind ? [row] : []));
    const column = document.createElement("div");
    column.append(Object.assign(document.createElement("h3"), {
      textContent: `${rows.length} ${label}s`,
    }));
    for (const part of network().parts) {
      for (let unit = 0; unit < part.units; unit++) column.append(overview(part, unit, rows));
    }
    return column;
  });
  by("all").replaceChildren(...columns);
}

function overview(part, unit, rows) {
  const high = 5, canvas = document.createElement("canvas");
  canvas.width = data.frames;
  canvas.height = Math.max(1, rows.length * high);
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  rows.forEach((row, line) => {
    for (let frame = 0; frame < data.frames; frame++) {
      const solid = frame < data.recordings[row].frames ? 255 : 110;
      const pixel = [...colour(state(part, row, frame, unit)), solid];
      for (let y = line * high; y < line * high + high - 1; y++) {
        image.data.set(pixel, 4 * (y * data.frames + frame));
      }
      const under = 4 * ((line * high + high - 1) * data.frames + frame);
      if (row === now.recording) image.data.set([128, 128, 128, 255], under);
    }
  });
  context.putImageData(image, 0, 0);
  canvas.style.height = `${Math.max(12, rows.length * high)}px`;
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const line = Math.floor((event.clientY - box.top) / box.height * rows.length);
    choose({ recording: rows[Math.min(line, rows.length - 1)] });
  });
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = `${part.part}${part.part === part.sees ? "" : "*"}, neuron ${unit + 1}`;
  figure.append(canvas, caption);
  return figure;
}

function drawWords() {
  const { label, name, frames, fps } = recording();
  const backflip = network().probabilities[now.recording];
  const said = backflip >= 0.5 ? 0 : 1;
  const words = by("said");
  words.textContent = `${network().title} says ${data.labels[said]} `
    + `(${(said ? 1 - backflip : backflip).toFixed(2)}): ${said === label ? "right" : "wrong"}.`;
  words.className = said === label ? "" : "wrong";
  const time = fps ? ` · ${(now.frame / fps).toFixed(2)} s` : "";
  by("at").textContent = `frame ${now.frame}${time}`;
  by("about").textContent = `${data.athlete}, whom no network was trained on (${data.others} others `
    + `were). ${network().title} says ${network().right} of ${data.recordings.length} of his `
    + "recordings right.";
  const starred = network().parts.some((part) => part.part !== part.sees)
    ? ` * as coded: this layer is given the ${network().parts.find((p) => p.part !== p.sees).sees}.`
    : "";
  by("legend").textContent = `${now.blind ? "Orange" : "Red"} is -1, grey 0, `
    + `${now.blind ? "blue" : "green"} 1; the second curve is dashed; the limbs have the colour of `
    + `the first neuron; faint: ${name} ends after ${frames} frames, then come zeros.${starred}`;
}

function seek(frame) {
  now.frame = Math.max(0, Math.min(data.frames - 1, frame));
  by("frame").value = now.frame;
  drawBody();
  drawCursor();
  drawWords();
}

function choose(change) {
  Object.assign(now, change);
  by("recording").value = now.recording;
  for (const [i, button] of [...by("networks").children].entries()) {
    button.setAttribute("aria-checked", i === now.network);
  }
  drawStrips();
  drawAll();
  seek(now.frame);
}

function play(on) {
  clearInterval(now.timer);
  now.timer = 0;
  by("play").textContent = on ? "Pause" : "Play";
  if (!on) return;
  now.timer = setInterval(() => {
    seek(now.frame + 1 < recording().frames ? now.frame + 1 : 0);
  }, 3000 / (recording().fps || 30)); // a third of its speed
}

for (const [i, each] of data.networks.entries()) {
  const button = Object.assign(document.createElement("button"), {
    type: "button", textContent: each.title, onclick: () => choose({ network: i }),
  });
  button.setAttribute("role", "radio");
  by("networks").append(button);
}
for (const [row, each] of data.recordings.entries()) {
  by("recording").append(new Option(each.name, row));
}
by("frame").max = data.frames - 1;
by("frame").addEventListener("input", (event) => seek(Number(event.target.value)));
by("recording").addEventListener("change", (event) => choose({ recording: Number(event.target.value) }));
by("blind").addEventListener("change", (event) => choose({ blind: event.target.checked }));
by("play").addEventListener("click", () => play(!now.timer));
document.addEventListener("keydown", (event) => {
  if (event.target.matches("select, input[type=range]") && event.key !== " ") return;
  const last = data.recordings.length - 1;
  const keys = {
    ArrowLeft: () => seek(now.frame - 1),
    ArrowRight: () => seek(now.frame + 1),
    ArrowUp: () => choose({ recording: Math.max(0, now.recording - 1) }),
    ArrowDown: () => choose({ recording: Math.min(last, now.recording + 1) }),
    " ": () => play(!now.timer),
  };
  if (!keys[event.key] || event.target.matches("button") && event.key === " ") return;
  event.preventDefault();
  keys[event.key]();
});
choose({});
