import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, test } from "node:test";
import { OptionError } from "../../fused/errors.ts";
import { getOption, options, optionSource, reloadOptions, setOption } from "../../fused/options.ts";
import { optionPaths } from "../../fused/options-definitions.ts";

let file: string;

beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "fused-options-")), "settings.toml");
  process.env["FUSED_SETTINGS_FILE"] = file;
  reloadOptions();
});

/** What `console.warn` prints while `body` runs. */
function warningsOf(body: () => void): string[] {
  const { warn } = console;
  const lines: string[] = [];
  console.warn = (text: string) => lines.push(text);
  try {
    body();
  } finally {
    console.warn = warn;
  }
  return lines;
}

test("F174 every option of the reference is there, with its default", () => {
  const documented = (
    "base_url shared_udf_base_url auth show max_workers run_timeout request_timeout metadata_request_timeout " +
    "request_max_retries request_retry_base_delay realtime_client_id max_recursion_factor save_user_settings " +
    "default_udf_run_engine default_validate_imports prompt_to_login no_login pyodide_async_requests cache_directory " +
    "data_directory temp_directory never_import gcs_secret gcs_filename gcp_project_name logging verbose_udf_runs " +
    "default_run_headers default_dtype_out_vector default_dtype_out_raster default_dtype_out_simple fd_prefix " +
    "verbose_cached_functions local_engine_cache default_send_status_email cache_storage " +
    "use_process_pool_for_local_submit row_group_batch_size base_web_url"
  ).split(" ");
  const newer = ["cache_decorator_max_age", "job_id"];
  const own = ["github_base_url", "github_raw_base_url", "github_api_base_url", "gist_base_url"];
  own.push("udf_inlining", "frame_signing_key", "frame_public_key");
  for (const name of [...documented, ...newer, ...own]) assert.notEqual(getOption(name), undefined, name);
  const defaults: Record<string, unknown> = {
    base_url: "https://www.fused.io/server/v1",
    shared_udf_base_url: "https://www.fused.io/server/v1/realtime-shared",
    max_workers: 16,
    run_timeout: null,
    request_timeout: 120,
    request_max_retries: 5,
    request_retry_base_delay: 1,
    realtime_client_id: null,
    max_recursion_factor: 5,
    save_user_settings: true,
    default_udf_run_engine: null,
    default_validate_imports: false,
    prompt_to_login: false,
    no_login: false,
    pyodide_async_requests: false,
    never_import: false,
    gcs_secret: "gcs_fused",
    gcp_project_name: null,
    logging: false,
    verbose_udf_runs: true,
    default_run_headers: { "X-Fused-Cache-Disable": "true" },
    default_dtype_out_vector: "parquet",
    default_dtype_out_raster: "tiff",
    default_dtype_out_simple: "json",
    fd_prefix: null,
    verbose_cached_functions: true,
    local_engine_cache: true,
    default_send_status_email: true,
    cache_storage: "auto",
    use_process_pool_for_local_submit: false,
    row_group_batch_size: 32768,
    show: {
      openBrowser: true,
      showWidget: true,
      formatNumbers: true,
      materializeVirtualFolders: false,
      enableTqdm: true,
    },
  };
  for (const [name, value] of Object.entries(defaults)) assert.deepEqual(getOption(name), value, name);
  assert.ok(options.metadataRequestTimeout > 120, "longer than other requests");
  assert.equal(Object.keys(options).length, documented.length + newer.length + own.length);
});

test("F174 printing lists all names, and assignment takes effect at once", () => {
  options.maxWorkers = 4;
  assert.equal(options.maxWorkers, 4);
  options.requestTimeout = [5, 60];
  assert.deepEqual(options.requestTimeout, [5, 60]);
  const printed = options.toString();
  for (const path of optionPaths) assert.ok(printed.includes(path), path);
  assert.match(printed, /maxWorkers\s+4\s+\(assigned\)/);
});

test("F174 a group takes an object and replaces only the members it names", () => {
  options.show = { openBrowser: false } as typeof options.show;
  assert.equal(options.show.openBrowser, false);
  assert.equal(options.show.showWidget, true);
  options.show.showWidget = false;
  assert.equal(getOption("show.show_widget"), false);
});

test("names in snake_case, as Python documents have them, mean the same options", () => {
  setOption("show.open_browser", false);
  assert.equal(options.show.openBrowser, false);
  (options as unknown as Record<string, unknown>)["max_workers"] = 3;
  assert.equal(options.maxWorkers, 3);
});

test("F175 save writes what was changed, and the next start reads it", () => {
  options.maxWorkers = 7;
  options.show.enableTqdm = false;
  assert.equal(options.save(), file);
  assert.match(readFileSync(file, "utf8"), /max_workers = 7\n+\[show\]\nenable_tqdm = false/);
  reloadOptions();
  assert.equal(options.maxWorkers, 7);
  assert.equal(options.show.enableTqdm, false);
  assert.equal(optionSource("maxWorkers"), "file");
});

test("F175 save leaves keys alone that this version does not know, and reset takes a key out again", () => {
  writeFileSync(file, 'max_workers = 2\nfrom_the_future = "yes"\n\n[show]\nhologram = true\nopen_browser = false\n');
  const warnings = warningsOf(() => assert.equal(options.maxWorkers, 2));
  assert.equal(warnings.length, 2);
  assert.match(warnings[0]!, /from_the_future/);
  options.reset("maxWorkers");
  assert.equal(options.maxWorkers, 16);
  options.save();
  assert.equal(
    readFileSync(file, "utf8").trim(),
    'from_the_future = "yes"\n\n[show]\nhologram = true\nopen_browser = false',
  );
});

test("F175 a broken settings file gives a warning and defaults", () => {
  writeFileSync(file, "max_workers = = 2");
  const warnings = warningsOf(() => assert.equal(options.maxWorkers, 16));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /settings\.toml/);
  assert.throws(() => options.save(), "a file that cannot be read is not written over");
});

test("F175 a value of the wrong type in the file is refused by name", () => {
  writeFileSync(file, 'max_workers = "many"');
  assert.match(warningsOf(() => assert.equal(options.maxWorkers, 16))[0]!, /max_workers must be an integer/);
});

test("the environment ranks above the file and below assignment", () => {
  writeFileSync(file, "max_workers = 2");
  process.env["FUSED_MAX_WORKERS"] = "5";
  process.env["FUSED_SHOW_ENABLE_TQDM"] = "false";
  try {
    assert.equal(options.maxWorkers, 5);
    assert.equal(options.show.enableTqdm, false);
    options.maxWorkers = 6;
    assert.equal(options.maxWorkers, 6);
  } finally {
    delete process.env["FUSED_MAX_WORKERS"];
    delete process.env["FUSED_SHOW_ENABLE_TQDM"];
  }
});

test("F176 a wrong name is refused with the nearest one, a wrong value with what it must be", () => {
  assert.throws(
    () => setOption("max_worker", 3),
    new OptionError(
      'There is no option "max_worker". Did you mean "maxWorkers"? Printing fused.options lists them all.',
    ),
  );
  assert.throws(() => setOption("nosuch", 4), /There is no option "nosuch"\. There are .*maxWorkers/);
  const loose = options as unknown as Record<string, unknown>;
  assert.throws(() => (loose["baseURL"] = "http://x"), OptionError);
  assert.throws(
    () => (loose["maxWorkers"] = 0),
    /options\.maxWorkers must be an integer of at least 1; what came is 0/,
  );
  assert.throws(() => (loose["logging"] = 1), /must be true or false/);
  assert.throws(() => (loose["defaultRunHeaders"] = { a: 1 }), /an object of strings/);
  assert.throws(() => (loose["baseUrl"] = "fused.io"), /an http\(s\) address/);
  assert.throws(() => (options.show = 3 as never), /is a group/);
  assert.throws(() => (options.show = { enableTqdm: 1 } as never), OptionError);
  assert.throws(() => (loose["defaultUdfRunEngine"] = "cloud"), /one of "local", "remote", or null/);
});

test("F179 options without a use here are kept and saved, and who sets one is told once that it changes nothing", () => {
  for (const name of ["show.materializeVirtualFolders", "gcpProjectName"]) {
    const said = warningsOf(() => {
      setOption(name, getOption(name));
      setOption(name, getOption(name));
    });
    assert.equal(said.length, 1, name);
    assert.match(said[0]!, new RegExp(`options\\.${name} is kept for Python's SDK, and changes nothing here`));
  }
  assert.match(options.toString(), /show\.openBrowser\s+true\s+\(of Python's SDK\)/);
  assert.deepEqual(
    warningsOf(() => setOption("maxWorkers", 3)),
    [],
  );
});

test("a value is copied when it is assigned", () => {
  const headers = { a: "1" };
  options.defaultRunHeaders = headers;
  headers.a = "2";
  assert.deepEqual(options.defaultRunHeaders, { a: "1" });
});
