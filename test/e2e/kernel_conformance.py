"""jupyter_kernel_test's suite against the installed kernel, with what a TypeScript kernel is fed."""
import sys
import unittest

import jupyter_kernel_test as jkt


class FusedKernelTests(jkt.KernelTests):
    kernel_name = "fused-ts"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [{"text": "parseFl", "matches": ["parseFloat"]}, {"text": "Math.sqr"}]
    complete_code_samples = ["1", "console.log('hello, world')", "function f(x) {\n  return x * 2;\n}\n\nf(2)",
                             "const n: number = 3", "enum E { A, B }"]
    incomplete_code_samples = ["console.log('hello'", "function f(x) {\n  return x * 2;", "[1, 2,",
                               "interface P {\n  x: number;"]
    invalid_code_samples = ["let 7x = 2", "const = 3", "foo )("]
    code_page_something = "parseInt?"
    code_generate_error = "throw new Error('boom')"
    code_execute_result = [{"code": "1+2+3", "result": "6"}, {"code": "[1, 4, 9].length"}]
    code_display_data = [
        {"code": "display({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>x</b>' }) })", "mime": "text/html"},
        {"code": "%%html\n<b>x</b>", "mime": "text/html"},
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "parseInt"
    code_clear_output = "clearOutput()"
    support_iopub_welcome = True



if __name__ == "__main__":
    stream = sys.stdout
    program = unittest.main(testRunner=unittest.TextTestRunner(stream=stream, verbosity=2), argv=[sys.argv[0]], exit=False)
    sys.exit(0 if program.result.wasSuccessful() and not program.result.skipped else 1)
