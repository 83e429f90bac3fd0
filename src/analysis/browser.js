"use strict";
const data = JSON.parse(document.getElementById("data").textContent);

// An element; texts of others are set as text, never as markup.
function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// What the browser keeps under a key. It may keep nothing: in a private window, or in a viewer of a phone.
function recall(key) {
  try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
}

function remember(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; }
}

// What a spreadsheet would run as a formula gets an apostrophe before it, and loses it again (as analysis/spreadsheet.py).
const asText = (text) => text.replace(/^(?='*[=+\-@\t\r])/, "'");
const fromText = (cell) => cell.replace(/^'(?='*[=+\-@\t\r])/, "");

// A name that someone typed, as a file can be called: letters of any script with their marks, and signs that names have.
function named(text) {
  return text.replace(/[^\p{L}\p{M}\p{N} _,&+.'-]/gu, " ").replace(/ +/g, " ").replace(/^[^\p{L}\p{N}]+|[ .]+$/gu, "");
}

function csv(rows) {
  const cell = (value) => (/[",;\r\n]/.test(value) ? '"' + String(value).replaceAll('"', '""') + '"' : String(value));
  return rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";
}

function save(name, text) {
  const link = make("a", { download: name, href: URL.createObjectURL(new Blob([text], { type: "text/csv" })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
