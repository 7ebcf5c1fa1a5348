// Filter, paths, zoom. The page can be read without: nothing here makes content, and no text becomes markup.
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (css, within = document) => [...within.querySelectorAll(css)];
  const has = (ranges, number) => ranges.split(" ").some((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return first <= number && number <= last;
  });
  const told = document.getElementById("told");
  const choice = document.getElementById("choice");
  root.classList.add("js");

  function filter() {
    const number = Number(choice.value);
    root.classList.toggle("filtered", number > 0);
    for (const part of all("[data-s]")) {
      const on = number > 0 && has(part.dataset.s, number);
      part.classList.toggle("on", on);
      if (on && part.matches("details.relation")) part.open = true;
    }
    fit();
  }

  function reach(chart, start) {
    const found = new Set([start]);
    for (const [from, to] of [["f", "t"], ["t", "f"]]) {
      const pending = [start];
      const seen = new Set(pending);
      while (pending.length > 0) {
        const box = pending.pop();
        for (const wire of chart.wires) {
          if (wire.dataset[from] === box && !seen.has(wire.dataset[to])) {
            seen.add(wire.dataset[to]);
            found.add(wire.dataset[to]);
            pending.push(wire.dataset[to]);
          }
        }
      }
    }
    return found;
  }

  function light(chart, box) {
    const found = box ? reach(chart, box.dataset.b) : new Set();
    chart.svg.classList.toggle("path", found.size > 0);
    for (const one of chart.boxes) one.classList.toggle("lit", found.has(one.dataset.b));
    for (const one of chart.wires) one.classList.toggle("lit", found.has(one.dataset.f) && found.has(one.dataset.t));
  }

  function tell(box) {
    told.hidden = !box;
    if (box) told.textContent = box.querySelector("title").textContent;
  }

  const charts = all("svg.chart").map((svg) => ({ svg, boxes: all(".b", svg), wires: all(".w", svg) }));
  for (const chart of charts) {
    chart.svg.addEventListener("mouseover", (event) => light(chart, event.target.closest(".b")));
    chart.svg.addEventListener("mouseleave", () => light(chart, null));
    chart.svg.addEventListener("focusin", (event) => light(chart, event.target.closest(".b")));
    chart.svg.addEventListener("click", (event) => tell(event.target.closest(".b")));
    chart.svg.addEventListener("keydown", (event) => {
      if (event.key === "Enter") tell(event.target.closest(".b"));
    });
  }

  let zoom = 0;
  function fit() {
    for (const { svg } of charts) {
      const [width, height] = svg.getAttribute("viewBox").split(" ").slice(2).map(Number);
      const around = getComputedStyle(svg.parentElement);
      const room = svg.parentElement.clientWidth - parseFloat(around.paddingLeft) - parseFloat(around.paddingRight);
      if (room > 0) {
        const scale = zoom || Math.max(0.72, Math.min(1, room / width));
        svg.style.width = `${width * scale}px`;
        svg.style.height = `${height * scale}px`;
      }
    }
  }
  const zoomed = (factor) => () => {
    zoom = factor === 0 ? 0 : Math.min(3, Math.max(0.2, (zoom || 1) * factor));
    fit();
  };
  document.getElementById("in").addEventListener("click", zoomed(1.25));
  document.getElementById("out").addEventListener("click", zoomed(0.8));
  document.getElementById("fit").addEventListener("click", zoomed(0));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") tell(null);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".b, #told")) tell(null);
  });
  document.addEventListener("toggle", fit, true);
  choice.addEventListener("change", filter);
  window.addEventListener("resize", fit);
  window.addEventListener("beforeprint", () => {
    for (const part of all("details.relation")) part.open = true;
  });
  filter();
})();
