// Who makes the edits: asked once, kept in this browser.

const NAME = "fliptally-reviewer";
const $ = (id) => document.getElementById(id);

export async function reviewer({ again = false } = {}) {
  const known = localStorage.getItem(NAME);
  if (known && !again) return known;
  const dialog = $("ask");
  $("name").value = known ?? "";
  dialog.returnValue = "";
  dialog.showModal();
  $("name").select();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  const name = $("name").value.trim();
  if (dialog.returnValue === "go" && name) localStorage.setItem(NAME, name);
  showReviewer();
  return localStorage.getItem(NAME);
}

export function showReviewer() {
  const name = localStorage.getItem(NAME);
  $("who").textContent = name ? `Reviewer: ${name}` : "Reviewer: ?";
}
