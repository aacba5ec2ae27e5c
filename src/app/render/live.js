// Renews the page as soon as the ledger gains something, without losing the reader's place, the focus or what was
// unfolded. Without this script the page is asked for again every few seconds.
"use strict";
(() => {
  const RENEW_MS = 15000;   // words such as "12 s ago" grow old without any event
  const GATHER_MS = 400;    // events of one commit come together
  const RETRY_MS = 5000;
  let timer = 0;
  let isBusy = false;
  let isDue = false;

  const pathOf = (element) => element && (element.id ? "#" + CSS.escape(element.id)
      : element.getAttribute("href") ? `${element.localName}[href="${CSS.escape(element.getAttribute("href"))}"]`
      : element.localName === "summary" ? "summary" : "");

  const replace = (name, next) => {
    const old = document.querySelector(name);
    const fresh = next.querySelector(name);
    if (!old || !fresh || old.innerHTML === fresh.innerHTML) return;
    const open = [...old.querySelectorAll("details")].map((one) => one.open);
    const focus = old.contains(document.activeElement) ? pathOf(document.activeElement) : "";
    old.innerHTML = fresh.innerHTML;
    old.querySelectorAll("details").forEach((one, i) => { if (open[i]) one.open = true; });
    const target = focus && old.querySelector(focus);
    if (target) target.focus({preventScroll: true});
  };

  const renew = async () => {
    if (isBusy) { isDue = true; return; }
    if (document.hidden || String(getSelection())) return;  // nobody looks, or somebody copies
    isBusy = true;
    try {
      const answer = await fetch(location.href, {headers: {accept: "text/html"}});
      if (answer.ok) {
        const next = new DOMParser().parseFromString(await answer.text(), "text/html");
        document.title = next.title;
        replace("main", next);
        replace("footer", next);
      }
    } catch (error) {
      // The server is away; the next round asks again.
    } finally {
      isBusy = false;
      if (isDue) { isDue = false; soon(); }
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(renew, GATHER_MS);
  };

  const listen = async () => {
    try {
      const answer = await fetch("/v1/stream", {headers: {accept: "text/event-stream"}});
      const reader = answer.ok ? answer.body.getReader() : null;
      const decoder = new TextDecoder();
      while (reader) {
        const {done, value} = await reader.read();
        if (done) break;
        if (/^id: /m.test(decoder.decode(value, {stream: true}))) soon();
      }
    } catch (error) {
      // As above.
    }
    setTimeout(listen, RETRY_MS);
  };

  setInterval(renew, RENEW_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
  listen();
})();
