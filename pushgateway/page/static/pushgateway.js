// Lists the groups by what the API tells of them. What was pushed reaches the page as text nodes
// only: element() takes strings, and nothing here writes HTML.
"use strict";

const REFRESH_MS = 10000;
const SHOWN_GROUPS = 500; // what a browser lays out at once; the filter finds the others

const find = (id) => document.getElementById(id);
let groups = [];
const opened = new Set(); // paths of the groups whose metrics are shown

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") made.addEventListener("click", value);
    else made.setAttribute(key, value);
  }
  made.append(...children.map((child) => (child instanceof Node ? child : document.createTextNode(String(child)))));
  return made;
}

async function ask(path, options = {}) {
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 300)}`);
  return answer;
}

const data = async (path) => (await (await ask(path)).json()).data;

function say(text, failed = false) {
  find("message").textContent = text;
  find("message").className = failed ? "error" : "";
}

function age(seconds) {
  if (seconds === 0) return "never";
  const past = Math.max(0, Date.now() / 1000 - seconds);
  const units = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];
  const at = units.findIndex(([, size]) => past >= size);
  if (at < 0) return "now";
  const [name, size] = units[at];
  const next = units[at + 1];
  const rest = next ? Math.floor((past % size) / next[1]) : 0;
  return `${Math.floor(past / size)}${name}${rest ? ` ${rest}${next[0]}` : ""} ago`;
}

const moment = (seconds) => (seconds === 0 ? "" : new Date(seconds * 1000).toISOString());

// The job first, then by name.
function sortedLabels(labels) {
  const order = (name) => (name === "job" ? "" : name);
  return Object.entries(labels).sort(([a], [b]) => (order(a) < order(b) ? -1 : 1));
}

const asText = (labels) => sortedLabels(labels).map(([name, value]) => `${name}="${value}"`).join(", ");

const labelNodes = (labels) =>
  sortedLabels(labels).map(([name, value]) => element("span", { class: "label" }, element("b", {}, name), `="${value}"`));

function metricRows(family) {
  const value = (metric) => {
    if (metric.value !== undefined) return metric.value;
    return `count ${metric.count}, sum ${metric.sum}`;
  };
  return family.metrics.map((metric) =>
    element("tr", {}, element("td", {}, asText(metric.labels)), element("td", {}, value(metric))));
}

async function detailRow(group) {
  const cell = element("td", { colspan: "5" });
  const [full] = await data(`api/v1/metrics?group=${encodeURIComponent(group.path)}`);
  for (const name of Object.keys(full || {}).sort()) {
    const family = full[name];
    if (typeof family !== "object" || !Array.isArray(family.metrics)) continue;
    cell.append(
      element("h3", {}, `${name} (${String(family.type).toLowerCase()})`),
      element("p", {}, `${family.help || "No help."} Pushed ${age(Date.parse(family.time_stamp) / 1000)}.`),
      element("table", {}, element("tbody", {}, ...metricRows(family))));
  }
  return element("tr", { class: "detail" }, cell);
}

function groupRow(group) {
  const open = opened.has(group.path);
  const toggle = element("button", { class: "open", "aria-expanded": String(open), onclick: () => {
    if (!opened.delete(group.path)) opened.add(group.path);
    show();
  } }, ...labelNodes(group.labels));
  const failed = group.last_push_successful ? {} : { class: "failed" };
  return element("tr", {},
    element("td", {}, toggle),
    element("td", { "data-name": "last push", title: moment(group.push_time) }, age(group.push_time)),
    element("td", { "data-name": "last failure", title: moment(group.push_failure_time), ...failed }, age(group.push_failure_time)),
    element("td", { "data-name": "series" }, group.series),
    element("td", {}, element("button", { class: "delete", "aria-label": `Delete group ${asText(group.labels)}`,
      onclick: () => remove(group) }, "Delete")));
}

let drawing = 0; // a slow drawing gives way to a later one

async function show() {
  const mine = ++drawing;
  const wanted = find("filter").value.toLowerCase().replaceAll('"', "");
  const fits = groups.filter((group) => asText(group.labels).toLowerCase().replaceAll('"', "").includes(wanted));
  const rows = [];
  for (const group of fits.slice(0, SHOWN_GROUPS)) {
    rows.push(groupRow(group));
    if (opened.has(group.path)) {
      try {
        rows.push(await detailRow(group));
      } catch (error) {
        say(error.message, true);
      }
    }
  }
  if (mine !== drawing) return;
  find("groups").hidden = fits.length === 0;
  find("groups").tBodies[0].replaceChildren(...rows);
  const series = fits.reduce((sum, group) => sum + group.series, 0);
  const left = fits.length > SHOWN_GROUPS ? `, the first ${SHOWN_GROUPS} shown` : "";
  if (groups.length === 0) say("Nothing has been pushed yet.");
  else say(`${fits.length} of ${groups.length} groups with ${series} series${left}.`);
}

async function refresh() {
  try {
    groups = await data("api/v1/groups");
    await show();
  } catch (error) {
    say(error.message, true);
  }
}

function confirmed(question, subject) {
  const dialog = find("confirm");
  find("question").textContent = question;
  find("subject").replaceChildren(...subject);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

async function change(path, method) {
  try {
    await ask(path, { method });
  } catch (error) {
    return say(error.message, true);
  }
  await refresh();
}

async function remove(group) {
  const series = `Delete this group with its ${group.series} series?`;
  if (await confirmed(series, labelNodes(group.labels))) await change(`metrics/${group.path}`, "DELETE");
}

async function wipe() {
  if (await confirmed(`Delete all ${groups.length} groups?`, [])) await change("api/v1/admin/wipe", "PUT");
}

async function showStatus() {
  const row = (name, value) => element("tr", {}, element("td", {}, name), element("td", {}, value));
  try {
    const status = await data("api/v1/status");
    const flags = Object.entries(status.flags).map(([name, value]) => row(`--${name}`, value));
    find("status").tBodies[0].replaceChildren(
      row("Version", status.build_information.version), row("Started", status.start_time), ...flags);
  } catch (error) {
    say(error.message, true);
  }
}

function turnTo(page) {
  for (const name of ["groups", "status"]) {
    find(`${name}-page`).hidden = name !== page;
    if (name === page) find(`show-${name}`).setAttribute("aria-current", "page");
    else find(`show-${name}`).removeAttribute("aria-current");
  }
  if (page === "status") showStatus();
}

find("show-groups").addEventListener("click", () => turnTo("groups"));
find("show-status").addEventListener("click", () => turnTo("status"));
find("filter").addEventListener("input", show);
find("bar").addEventListener("submit", (event) => event.preventDefault());
find("wipe").addEventListener("click", wipe);
data("api/v1/status").then((status) => {
  find("wipe").hidden = status.flags["web.enable-admin-api"] !== "true";
}, () => {});
refresh();
setInterval(() => {
  if (!document.hidden && !find("confirm").open) refresh();
}, REFRESH_MS);
