// What happens when the page opens: theme, score, tables, charts.

const data = JSON.parse(document.getElementById("data").textContent);
const answers = [...document.querySelectorAll("section.answer")];
let current = answers[0];
let isShown = false;

function startTheme() {
  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const name = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    name();
  });
  system.addEventListener("change", name);
  button.hidden = false;
  name();
}

// Shows the score that the address names, or else the one before, and hides the others.
function showScore() {
  const named = answers.find((each) => `#${each.id}` === location.hash);
  if (isShown && (!named || named === current)) return;
  [current, isShown] = [named || current, true];
  for (const each of answers) each.hidden = each !== current;
  for (const link of document.querySelectorAll(".switch a")) {
    if (current && link.hash === `#${current.id}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (current) redraw(current);
}

// A button beside each line that copies it, where the browser lets a page do that.
function addCopyButtons() {
  if (!navigator.clipboard) return;
  for (const line of document.querySelectorAll(".line")) {
    const button = make("button", { type: "button" }, "Copy");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(line.querySelector("code").textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not allowed";
      }
    });
    line.append(button);
  }
}

function start() {
  startTheme();
  document.querySelectorAll("table").forEach(equipTable);
  const tasks = [...document.querySelectorAll("article.task")];
  if (tasks.length >= fewestRows) makeFilter(tasks[0], tasks, "tasks", [], () => undefined);
  addCopyButtons();
  showScore();
  addEventListener("hashchange", () => {
    const task = document.querySelector(":target");
    if (task && task.hidden) task.hidden = false;
    closeHover();
    showScore();
  });
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width || !current) return;
    width = innerWidth;
    redraw(current);
  });
  addEventListener("scroll", () => hover.isPinned || closeHover(), { passive: true });
  addEventListener("keydown", (event) => event.key === "Escape" && closeHover());
  document.addEventListener("click", (event) => {
    if (hover.isPinned && !event.target.closest("#hover, .chart svg")) closeHover();
  });
}

start();
