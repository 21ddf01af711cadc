import { after } from "node:test";

/**
 * Loaded before every test file: one that is done, or has taken far too long, does not keep the run waiting. What still
 * holds it is named, as a failure of the file.
 */
const afterTests = 60_000;
const wholeFile = 20 * 60_000;

function endAfter(ms, what) {
  const end = () => {
    console.error(`${what} Still open: ${process.getActiveResourcesInfo().join(", ")}`);
    process.exit(1);
  };
  setTimeout(end, ms).unref();
}

endAfter(wholeFile, `This test file has run for ${wholeFile / 60_000} minutes.`);
after(() => endAfter(afterTests, `The tests ended ${afterTests / 1000} s ago, their process did not.`));
