/* Frames that scroll (wide tables, figures on a phone) can be reached and moved with the keyboard, and are named. */
(() => {
  const frames = ".guyub-table, figure.guyub, .pst-scrollable-table-container, div.output pre, div.highlight pre";

  function reach(frame) {
    const scrolls = frame.scrollWidth > frame.clientWidth + 1 && getComputedStyle(frame).overflowX !== "visible";
    if (!scrolls) {
      if (frame.dataset.reached) for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
      return;
    }
    const caption = frame.querySelector("figcaption, caption");
    frame.tabIndex = 0;
    if (frame.tagName !== "FIGURE") frame.setAttribute("role", "group"); // a figure has a role of its own
    frame.setAttribute("aria-label", caption ? caption.textContent.trim() : document.title);
    frame.dataset.reached = "yes";
  }

  const all = () => document.querySelectorAll(frames).forEach(reach);
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
  // Plotly is fetched when the first of its figures comes near, or when the page is printed.
  let plotly;
  const fetched = () => plotly ??= new Promise((done, failed) => {
    const address = document.querySelector('meta[name="guyub-plotly"]').content;
    document.head.append(Object.assign(document.createElement("script"), { src: address, onload: done, onerror: failed }));
  });
  const draw = (script) => fetched().then(() => {
    const drawing = document.createElement("script");
    drawing.textContent = script.textContent;
    if (script.isConnected) script.replaceWith(drawing);
  });
  document.addEventListener("DOMContentLoaded", () => {
    const waiting = new Map();
    const near = new IntersectionObserver((entries) => {
      for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
        near.unobserve(target);
        draw(waiting.get(target));
      }
    }, { rootMargin: "300px" });
    for (const script of document.querySelectorAll('script[type="guyub/plotly"]')) {
      const frame = script.closest("figure") ?? script.parentElement;
      waiting.set(frame, script);
      near.observe(frame);
    }
    addEventListener("beforeprint", () => waiting.forEach((script) => draw(script)));
  });
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("toggle", all, true); // what unfolds may scroll
  addEventListener("load", all);
  addEventListener("resize", all);
})();
