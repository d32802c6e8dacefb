import { console_ } from "./api.js";
import { $, say } from "./dom.js";

const SAYS = {
  unauthenticated: "The email or the password is wrong, or the code.",
  rate_limited: "Too many failed attempts. Wait a while, or have your password reset.",
  validation_failed: "Enter your email address and your password.",
};

// Whose page leads here.
const { home } = $("sign-in").dataset;

$("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter ?? $("sign-in").querySelector("button");
  const otp = $("otp").value.replaceAll(/\s/g, "");
  say($("wrong"), null);
  button.disabled = true;
  try {
    await console_.post(`${home.slice("/console".length)}/sign-in`, { email: $("email").value.trim(), password: $("password").value, ...(otp ? { otp } : {}) });
    location.replace(home);
    return;
  } catch (error) {
    const first = error.code === "otp_required" && $("code").hidden;
    $("code").hidden &&= error.code !== "otp_required";
    say($("wrong"), first ? "Enter the code of your authenticator, too." : SAYS[error.code] ?? error.message);
    (error.code === "otp_required" ? $("otp") : $("email").value ? $("password") : $("email")).focus();
  }
  button.disabled = false;
});
