"use strict";
// What charts are drawn with: elements, scales, axes, and the box that tells of a point.

// An element of HTML; texts become text nodes, so nothing in them is ever read as HTML.
function make(name, attributes = {}, ...content) {
  return filled(document.createElement(name), attributes, content);
}

// An element of SVG.
function drawn(name, attributes = {}, ...content) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, content);
}

function filled(element, attributes, content) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...content);
  return element;
}

// As the tables write numbers: four digits that count.
function shownNumber(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(3);
  return String(Number(value.toPrecision(4)));
}

// A function from values to pixels, to the right or upwards, with `ticks`; logarithmic where values are positive and far
// from one another.
function scale(values, from, to, { mayBeLogarithmic = true, isWhole = false } = {}) {
  let low = Math.min(...values);
  let high = Math.max(...values);
  const isLogarithmic = mayBeLogarithmic && low > 0 && high / low > 30;
  if (low === high) {
    const room = Math.abs(low) * 0.1 || 1;
    [low, high] = [low - room, high + room];
  }
  const on = isLogarithmic ? Math.log10 : (value) => value;
  const room = (on(high) - on(low)) * 0.04;
  const [start, end] = [on(low) - room, on(high) + room];
  const place = (value) => from + ((on(value) - start) / (end - start)) * (to - from);
  place.isLogarithmic = isLogarithmic;
  const most = Math.max(2, Math.floor(Math.abs(to - from) / (from < to ? 75 : 45)));
  place.ticks = isLogarithmic ? logarithmicTicks(start, end, most) : evenTicks(start, end, most, isWhole);
  return place;
}

function evenTicks(start, end, most, isWhole) {
  const rough = Math.max((end - start) / most, isWhole ? 1 : 0);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const ticks = [];
  for (let i = Math.ceil(start / step); i * step <= end; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

function logarithmicTicks(start, end, most) {
  const ticks = [];
  for (let power = Math.floor(start); power <= Math.ceil(end); power++) {
    for (const digit of [1, 2, 5]) ticks.push(digit * 10 ** power);
  }
  const inside = ticks.filter((each) => Math.log10(each) >= start && Math.log10(each) <= end);
  return inside.filter((each, i) => i % Math.ceil(inside.length / most) === 0);
}

// Lines and numbers of an axis below ("x") or to the left ("y") of a frame {left, right, top, bottom}.
function axis(which, place, frame, title) {
  const group = drawn("g", { class: "axis" });
  for (const tick of place.ticks) {
    const at = place(tick);
    const isX = which === "x";
    group.append(
      drawn("line", isX
        ? { x1: at, x2: at, y1: frame.top, y2: frame.bottom }
        : { x1: frame.left, x2: frame.right, y1: at, y2: at }),
      drawn("text", isX
        ? { x: at, y: frame.bottom + 16, "text-anchor": "middle" }
        : { x: frame.left - 6, y: at + 4, "text-anchor": "end" }, shownNumber(tick)),
    );
  }
  const text = place.isLogarithmic ? `${title} (logarithmic)` : title;
  const position = which === "x"
    ? { x: frame.right, y: frame.bottom + 34, "text-anchor": "end" }
    : { x: 4, y: frame.top - 10 };
  group.append(drawn("text", { ...position, class: "axis-title" }, text));
  return group;
}

// A chart as a figure. `points` are {x, y, lines, task}: where they are, what is said of them, and the place of
// their task in the data, if they are of one.
function chart(title, said, width, height, content, points) {
  const svg = drawn("svg", {
    viewBox: `0 0 ${width} ${height}`, tabindex: "0", role: "group",
    "aria-label": `${title}. ${said} Arrow keys go from point to point, Enter opens the task.`,
  }, ...content);
  const ring = drawn("circle", { class: "ring", r: 8, visibility: "hidden" });
  svg.append(ring);
  listen(svg, ring, points);
  return make("figure", { class: "chart" }, make("figcaption", {}, make("strong", {}, title), ` ${said}`), svg);
}

const hover = { box: document.getElementById("hover"), isPinned: false, ring: null };

function listen(svg, ring, points) {
  let current = -1;
  const choose = (i, isPinned) => {
    current = i;
    if (i < 0) return closeHover();
    ring.setAttribute("cx", points[i].x);
    ring.setAttribute("cy", points[i].y);
    tell(points[i], svg, ring, isPinned);
  };
  svg.addEventListener("pointermove", (event) => {
    if (!hover.isPinned && event.pointerType !== "touch") choose(nearest(event, svg, points, 14), false);
  });
  svg.addEventListener("pointerleave", () => hover.isPinned || closeHover());
  svg.addEventListener("click", (event) => {
    const i = nearest(event, svg, points, 26);
    choose(i, i >= 0);
  });
  svg.addEventListener("blur", () => hover.isPinned || closeHover());
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step && points.length) {
      choose((Math.max(current, step < 0 ? 0 : -1) + step + points.length) % points.length, false);
      event.preventDefault();
    } else if (event.key === "Enter" && current >= 0 && points[current].task !== undefined) {
      const anchor = data.tasks[points[current].task][1];
      if (anchor) location.hash = anchor;
    }
  });
}

// The place of the point that is nearest to where an event happened, at most so many pixels away; or -1.
function nearest(event, svg, points, most) {
  const box = svg.getBoundingClientRect();
  const zoom = svg.viewBox.baseVal.width / box.width;
  const [x, y] = [(event.clientX - box.left) * zoom, (event.clientY - box.top) * zoom];
  let [found, least] = [-1, most];
  points.forEach((point, i) => {
    const distance = Math.hypot(point.x - x, point.y - y);
    if (distance < least) [found, least] = [i, distance];
  });
  return found;
}

// Shows the box beside a point: samples, options, and the way to the task.
function tell(point, svg, ring, isPinned) {
  closeHover();
  const task = data.tasks[point.task];
  const content = [];
  if (task) {
    const picture = task[1] && document.querySelector(`#${task[1]} img`);
    if (picture) {
      const copy = make("img", { src: picture.src, alt: picture.alt });
      content.push(copy, make("small", {}, picture.alt));
    }
    content.push(make("strong", {}, `Task ${task[0]}`));
  }
  content.push(make("ul", {}, ...point.lines.map((line) => make("li", {}, line))));
  if (task && task[1]) content.push(make("a", { href: `#${task[1]}` }, "scores, and lines to go on with"));
  hover.box.replaceChildren(...content);
  hover.box.hidden = false;
  hover.isPinned = isPinned;
  hover.box.classList.toggle("pinned", isPinned);
  hover.ring = ring;
  ring.setAttribute("visibility", "visible");
  const box = svg.getBoundingClientRect();
  const zoom = box.width / svg.viewBox.baseVal.width;
  const [x, y] = [box.left + point.x * zoom, box.top + point.y * zoom];
  const { offsetWidth: width, offsetHeight: height } = hover.box;
  const isRight = x + 16 + width < document.documentElement.clientWidth;
  hover.box.style.left = `${Math.max(4, isRight ? x + 16 : x - 16 - width)}px`;
  hover.box.style.top = `${Math.max(4, Math.min(y - height / 2, window.innerHeight - height - 4))}px`;
}

function closeHover() {
  hover.box.hidden = true;
  hover.isPinned = false;
  if (hover.ring) hover.ring.setAttribute("visibility", "hidden");
}
