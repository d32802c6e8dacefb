// The line at the top that says whether the page is connected.

import { $ } from "./dom.js";

const WORDS = {
  connecting: "Connecting…",
  open: "Connected",
  reconnecting: "Reconnecting… What you write is kept.",
  "signed-out": "Signed out",
  replaced: "Open in too many windows: reload to use this one.",
};

export function tellConnection(connection) {
  const tell = (state) => {
    $("connection").dataset.state = state;
    $("connection").textContent = WORDS[state];
  };
  connection.on("state", tell);
  tell(connection.state);
}
