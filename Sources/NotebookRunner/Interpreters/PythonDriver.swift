/// The program that a Python session runs: it executes paragraphs in one namespace that lives as long as the process.
///
/// Requests come on descriptor 3, two parts each: what was given to the paragraph's forms as JSON, and the text; a part is eight bytes of
/// length and as many bytes. Each request is answered on descriptor 4 with one line, `{"code":0,"shown":…}` or `{"code":1,"shown":…}`,
/// when all of its output has been written. A thread reads the requests, so that the end of the runner is noticed in the middle of a
/// paragraph too. As in Zeppelin, the value of a last expression is printed, and `z` makes dynamic forms: the same name in a later run has
/// the value that was filled in.
///
/// Source of `z`: python/src/main/resources/python/zeppelin_context.py and zeppelin-interpreter's display/GUI.java of apache/zeppelin, alike
/// in v0.8 to v0.12 as far as forms go (read 2026-11).
enum PythonDriver {
    static let source = #"""
        import ast, json, linecache, os, queue, signal, struct, sys, threading, traceback, types

        # Dynamic forms of the paragraph that runs.
        class ZeppelinContext:
            def _begin(self, params):
                self._params, self._forms, self._defaults = params, {}, {}

            def _shown(self):
                return {"forms": self._forms, "defaults": self._defaults}

            def _form(self, kind, name, default, options=None):
                form = {"type": kind, "name": name, "displayName": name, "hidden": False}
                if default is not None:
                    form["defaultValue"] = default
                if options is not None:
                    form["options"] = [{"value": value, "displayName": text} for value, text in options]
                # What can't travel is the paragraph's own error, and nothing that it changes later counts.
                self._forms[name] = form = json.loads(json.dumps(form))
                if self._params.get(name) is None and default is not None:
                    self._params[name] = self._defaults[name] = form["defaultValue"]
                return self._params.get(name)

            def textbox(self, name, defaultValue=""):
                return self._form("TextBox", name, str(defaultValue))

            def input(self, name, defaultValue=""):
                return self.textbox(name, defaultValue)

            def password(self, name):
                return self._form("Password", name, None)

            def select(self, name, options, defaultValue=""):
                return self._form("Select", name, defaultValue, options)

            def checkbox(self, name, options, defaultChecked=[]):
                known = [value for value, _ in options]
                return [value for value in self._form("CheckBox", name, list(defaultChecked), options) if value in known]

        def serve():
            for descriptor in (3, 4, 5):
                os.set_inheritable(descriptor, False)
            requests = os.fdopen(3, "rb")
            texts = queue.Queue()

            def read_part():
                header = requests.read(8)
                text = requests.read(struct.unpack(">Q", header)[0]) if len(header) == 8 else None
                if text is None:
                    os.killpg(0, signal.SIGKILL)
                return text.decode("utf-8")

            def read_requests():
                while True:
                    texts.put((read_part(), read_part()))

            threading.Thread(target=read_requests, daemon=True).start()
            for stream in (sys.stdout, sys.stderr):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            module = types.ModuleType("__main__")
            module.__dict__["__builtins__"] = __builtins__
            context = module.__dict__["z"] = ZeppelinContext()
            sys.modules["__main__"] = module
            count = 0
            while True:
                count += 1
                params, text = texts.get()
                context._begin(json.loads(params))
                code = run(text, "<paragraph %d>" % count, module.__dict__)
                for stream in (sys.stdout, sys.stderr):
                    try:
                        stream.flush()
                    except (OSError, ValueError):
                        code = 1
                line = json.dumps({"code": code, "shown": context._shown()}).encode("ascii") + b"\n"
                while line:
                    line = line[os.write(4, line):]

        def run(text, name, namespace):
            linecache.cache[name] = (len(text), None, text.splitlines(True), name)
            try:
                tree = ast.parse(text, name)
                last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
                exec(compile(tree, name, "exec"), namespace)
                if last is not None:
                    exec(compile(ast.Interactive([last]), name, "single"), namespace)
                return 0
            except BaseException as error:
                is_ours = isinstance(error, SyntaxError) and error.filename == name
                frames = None if is_ours else error.__traceback__.tb_next
                traceback.print_exception(type(error), error, frames)
                return 1

        serve()
        """#
}
