// Counts, panel, notes and the list of edits.

const $ = (id) => document.getElementById(id);

export function showResult(review, attempt, number) {
  const { state, session } = review;
  if (review.shown === state && review.shownNumber === number) return;
  [review.shown, review.shownNumber] = [state, number];
  const changed = attempt.machine !== attempt.reviewed;
  put("machine", attempt.machine, changed);
  put("reviewed", attempt.reviewed);
  $("reviewed-box").classList.toggle("changed", changed);
  const r = attempt.result ?? attempt.reviewed_result;
  put("r", trim(r));
  $("whose").textContent = attempt.result === null ? "R, reviewed" : "R, panel";
  const many = state.attempts.length;
  const facts = [
    many > 1 ? `attempt ${number} of ${many}` : "",
    `${attempt.steps} steps`,
    plural(attempt.misses, "miss", "misses"),
    flags(attempt),
  ];
  $("facts").textContent = facts.filter(Boolean).join(" · ");
  const open = state.marks.some((mark) => mark.flagged);
  $("flagged").disabled = $("confirm").disabled = !open;
  $("undo").disabled = !state.edits.some((edit) => edit.force);
  $("faults").replaceChildren(...attempt.faults.map((fault) => faultRow(review, fault)));
  showPanel(attempt);
  const notes = [...session.notes, ...attempt.notes];
  $("notes").replaceChildren(...notes.map((note) => element("li", note)));
  $("kept").textContent = state.edits.length > 0 ? `${state.edits.length}, all kept` : "none";
  $("edits").replaceChildren(...[...state.edits].reverse().map((edit) => row(review, edit)));
  for (const link of $("exports").children) {
    link.href = `${link.href.split("?")[0]}?attempt=${number}`;
  }
}

function put(id, value, changed = false) {
  $(id).textContent = value;
  $(id).classList.toggle("long", `${value}`.length > 3);
  $(id).classList.toggle("changed", changed);
}

function showPanel({ judges, mean, agree }) {
  $("panel").hidden = judges.length === 0;
  $("judges").replaceChildren(
    ...judges.map(({ name, count, used }) => {
      const line = document.createElement("tr");
      line.className = used ? "" : "dropped";
      line.append(element("td", used ? name : `${name} (not in the mean)`), element("td", count));
      return line;
    }),
  );
  $("mean").classList.toggle("apart", agree === false);
  if (mean === null) return;
  const apart = agree === false ? " · the closest two are too far apart" : "";
  $("mean").textContent = `mean a = ${trim(mean)}${apart}`;
}

function flags({ flagged, open }) {
  if (flagged === 0) return "none flagged";
  return open === flagged ? `${flagged} flagged` : `${flagged} flagged, ${flagged - open} seen`;
}

// What points are taken off for: the machine proposes, the head judge decides.
function faultRow(review, fault) {
  const line = document.createElement("li");
  const { what, count, most, ruled } = fault;
  const plural = count === 1 ? what : what.replace(/(sh|ch)$/, "$1e").concat("s");
  const by = ruled ? "ruled" : count > 0 ? "by the machine" : "";
  const text = element("span", `${count === 0 ? "no" : count} ${count === 0 ? what : plural}`);
  if (by) text.append(element("small", by));
  line.className = count > 0 ? "off" : "";
  line.append(
    text,
    button("−", `one ${what} less`, count === 0 && ruled !== "", () => review.rule(fault, -1)),
    button("+", `one ${what} more`, count >= most, () => review.rule(fault, 1)),
  );
  if (ruled) line.append(button("↶", "as the machine says", false, () => review.rule(fault, null)));
  return line;
}

function button(text, title, disabled, work) {
  const made = element("button", text);
  Object.assign(made, { type: "button", title, disabled });
  made.addEventListener("click", () => {
    made.blur(); // the space bar plays
    work();
  });
  return made;
}

function row(review, edit) {
  const line = document.createElement("li");
  line.className = edit.force ? "" : "undone";
  const text = document.createElement("span");
  const moment = edit.when.slice(0, 16).replace("T", " ");
  const verb = edit.force ? "" : "undone by ";
  text.append(
    element("b", `${edit.words} at ${edit.time_s.toFixed(2)} s`),
    element("small", `${verb}${edit.who}, ${moment}`),
  );
  const back = element("button", edit.force ? "undo" : "redo");
  back.type = "button";
  back.addEventListener("click", (event) => {
    event.stopPropagation();
    review.undo(edit.undoes);
  });
  line.addEventListener("click", () => review.seek(edit.time_s));
  line.append(text, back);
  return line;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

function trim(value) {
  return `${Math.round(100 * value) / 100}`;
}
