// A filled form is not left by accident: closing, reloading or following a link away asks, unless a file holds all of it.
"use strict";
const Leaving = (() => {
  let kept = ""; // what the form held when it was last saved to or opened from a file
  const content = () => JSON.stringify(Profile.collect());
  const filled = () => { const { patient, policy } = Profile.collect(); return Object.keys(patient).length > 0 || Boolean(policy); };
  const keep = () => { kept = content(); };
  addEventListener("beforeunload", (event) => { if (filled() && content() !== kept) event.preventDefault(); });

  return { filled, keep };
})();
