/// The program that a Python session runs: it executes paragraphs in one namespace that lives as long as the process.
///
/// Requests come on descriptor 3 (eight bytes of length, then the text), and each is answered on descriptor 4 with one line, `0` or
/// `1`, when all of its output has been written. A thread reads the requests, so that the end of the runner is noticed in the middle
/// of a paragraph too. As in Zeppelin, the value of a last expression is printed.
enum PythonDriver {
    static let source = #"""
        import ast, linecache, os, queue, signal, struct, sys, threading, traceback, types

        def serve():
            for descriptor in (3, 4, 5):
                os.set_inheritable(descriptor, False)
            requests = os.fdopen(3, "rb")
            texts = queue.Queue()

            def read_requests():
                while True:
                    header = requests.read(8)
                    text = requests.read(struct.unpack(">Q", header)[0]) if len(header) == 8 else None
                    if text is None:
                        os.killpg(0, signal.SIGKILL)
                    texts.put(text.decode("utf-8"))

            threading.Thread(target=read_requests, daemon=True).start()
            for stream in (sys.stdout, sys.stderr):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            module = types.ModuleType("__main__")
            module.__dict__["__builtins__"] = __builtins__
            sys.modules["__main__"] = module
            count = 0
            while True:
                count += 1
                code = run(texts.get(), "<paragraph %d>" % count, module.__dict__)
                for stream in (sys.stdout, sys.stderr):
                    try:
                        stream.flush()
                    except (OSError, ValueError):
                        code = 1
                os.write(4, b"%d\n" % code)

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
