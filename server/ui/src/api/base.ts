// Pages are one level deep, so this is the folder that the server serves, whatever its prefix.
export const base = new URL('.', document.baseURI).href;
