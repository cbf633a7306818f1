// Keeps the language that was chosen in the address, so that a reload, a copy and a new tab have it too: Streamlit's own
// links between pages leave the query out.

const addressed = (address, key, language) => {
  const url = new URL(address, location.href);
  if (!url.searchParams.has(key)) url.searchParams.set(key, language);
  return url.href;
};

// A link is completed before it is followed, opened elsewhere or copied. Which language, the address of the page says.
const completeLinks = (key) => {
  const complete = ({ target }) => {
    const link = target.closest?.("a[href]");
    const language = new URLSearchParams(location.search).get(key);
    if (link && language && link.origin === location.origin) link.href = addressed(link.href, key, language);
  };
  for (const kind of ["pointerdown", "focusin"]) document.addEventListener(kind, complete, true);
};

export default function ({ data: { key, language } }) {
  if (language === null) return;
  const address = addressed(location.href, key, language);
  // Not one more page to go back through.
  if (address !== location.href) history.replaceState(history.state, "", address);
  // The page lives as long as the document, and needs its links completed once.
  if (document.documentElement.dataset.links !== key) completeLinks(key);
  document.documentElement.dataset.links = key;
}
