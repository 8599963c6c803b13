// Which mark and which attempt a moment belongs to.

export const NEAR_S = 0.05; // half of the shortest step: a mark this near is of this contact
const SAME_S = 0.001;

// The attempt in which `t` lies, else the nearest one.
export function attemptAt(state, t) {
  const off = ({ legs }) => {
    const begin = legs[0]?.begin_s ?? -Infinity;
    const end = legs.at(-1)?.end_s ?? Infinity;
    return Math.max(begin - t, t - end, 0);
  };
  let best = 0;
  state.attempts.forEach((attempt, at) => {
    if (off(attempt) < off(state.attempts[best])) best = at;
  });
  return best;
}

// Who jumps at `t`; null when nobody does.
export function athleteAt(attempt, t) {
  const leg = attempt.legs.find((each) => t < (each.end_s ?? Infinity)) ?? attempt.legs.at(-1);
  return leg?.athlete ?? null;
}

export function of(state, athlete) {
  return state.marks.filter((mark) => mark.athlete === athlete);
}

// The mark nearest to `t`, in force rather than removed, of two at one contact the miss; null when
// none is near.
export function near(marks, t, within = NEAR_S) {
  let best = null;
  let least = Infinity;
  for (const mark of marks) {
    const off = Math.abs(mark.time_s - t) + (mark.standing === "removed" ? within / 2 : 0);
    if (Math.abs(mark.time_s - t) <= within && off <= least) [best, least] = [mark, off];
  }
  return best;
}

export function next(marks, t) {
  return marks.find((mark) => mark.time_s > t + SAME_S) ?? null;
}

export function previous(marks, t) {
  return marks.findLast((mark) => mark.time_s < t - SAME_S) ?? null;
}

export function inForce(mark) {
  return mark.standing !== "removed";
}

// A mark in words.
export function describe(mark) {
  const name = mark.kind === "miss" ? "Miss" : `${mark.foot[0].toUpperCase()}${mark.foot.slice(1)}`;
  const said = [`${name} ${mark.time_s.toFixed(3)} s`];
  if (mark.standing === "removed") said.push("removed");
  else if (mark.standing === "added") said.push(`added by ${mark.who}`);
  else if (mark.kind === "jump") {
    const sure = `${Math.round(100 * mark.confidence)} % sure`;
    said.push(mark.flagged ? `? ${sure}, look` : sure);
    if (mark.seen) said.push(`✓ ${mark.seen}`);
  }
  if (mark.standing !== "removed") {
    said.push(mark.verdict === "counted" ? `counted: ${mark.count}` : mark.verdict ?? "outside");
  }
  return said.join(" · ");
}
