/* Frames that scroll (wide tables, figures on a phone) can be reached and moved with the keyboard, and are named. */
(() => {
  const frames = ".guyub-table, figure.guyub, .pst-scrollable-table-container, div.output pre, div.highlight pre";

  const scrolls = (frame) => frame.scrollWidth > frame.clientWidth + 1 && getComputedStyle(frame).overflowX !== "visible";

  function reach(frame, wide) {
    if (!wide) {
      if (frame.dataset.reached) for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
      return;
    }
    const caption = frame.querySelector("figcaption, caption");
    frame.tabIndex = 0;
    if (frame.tagName !== "FIGURE") frame.setAttribute("role", "group"); // a figure has a role of its own
    frame.setAttribute("aria-label", caption ? caption.textContent.trim() : document.title);
    frame.dataset.reached = "yes";
  }

  const all = () => { // measured first and named then: in turns each name would have all measured anew
    const found = [...document.querySelectorAll(frames)], wide = found.map(scrolls);
    found.forEach((frame, i) => reach(frame, wide[i]));
  };
  document.addEventListener("DOMContentLoaded", () => {
    // the button's own words, Search and its keys, are its name
    document.querySelectorAll(".search-button-field").forEach((button) => button.removeAttribute("aria-label"));
  });
  document.addEventListener("DOMContentLoaded", () => {
    // PDFs are made after the pages, where there is a Chromium: downloads.js names those that are there
    for (const link of document.querySelectorAll("a[data-download]")) {
      if (!(link.dataset.download in (window.guyubDownloads ?? {}))) continue;
      link.href = link.dataset.download;
      link.hidden = false;
    }
  });
  document.addEventListener("DOMContentLoaded", () => {
    // the article changes its size with the window, with the side bars, and with what unfolds in it
    let waiting;
    const changed = () => { clearTimeout(waiting); waiting = setTimeout(all, 50); };
    new ResizeObserver(changed).observe(document.querySelector("article") ?? document.body);
  });
})();

/* What the scripts of figures that answer (map.js, curves.js) build their controls and drawings with. */
window.guyub = {
  element(tag, attributes = {}, words = "") {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(words);
    return made;
  },
  drawn(tag, attributes = {}, words = "") {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(words);
    return made;
  },
  /* What is asked above a figure's drawing, [words, control] each, and the place below it where the answer is said. */
  framed(figure, controls) {
    const form = guyub.element("form", { className: "asked screen-only", onsubmit: () => false });
    form.append(...controls.map(([words, ...control]) => {
      const label = guyub.element("label", {}, words);
      label.append(...control);
      control[0].ariaLabel = words.replace(/\W+$/, "");
      return label;
    }));
    const said = guyub.element("div", { className: "said screen-only", role: "status" });
    const svg = figure.querySelector("svg");
    svg.before(form);
    svg.after(said);
    figure.classList.add("awake");
    return said;
  },
};
