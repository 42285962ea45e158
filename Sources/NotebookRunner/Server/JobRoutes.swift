import Hummingbird

/// `/api/notebook/job`, `/api/notebook/run` and `/api/interpreter`: runs, their statuses, and their end.
struct JobRoutes: Sendable {
    let notebook: Notebook
    let dialect: Dialect

    func add(to routes: RouterGroup<RunnerContext>) {
        addParagraphRuns(to: routes)
        addNoteRuns(to: routes)
        routes.put("interpreter/setting/restart/:setting") { request, context in
            let setting: String = try context.parameters.require("setting")
            guard let name = InterpreterName(rawValue: setting) else { throw Refusal.unexpected(.nullPointer) }
            try await notebook.restart(name, for: try await request.json()?["noteId"]?.string, by: context.caller)
            return dialect.ok(dialect.interpreterSetting(name))
        }
    }

    private func addParagraphRuns(to routes: RouterGroup<RunnerContext>) {
        routes.post("notebook/job/:note/:paragraph") { request, context in
            let order = try await order(request, context)
            _ = try await notebook.run(context.paragraph(), of: context.note(), order, by: context.caller)
            return dialect.ok(message: nil)
        }
        routes.post("notebook/run/:note/:paragraph") { request, context in
            var order = try await order(request, context)
            order.leavesStatus = dialect.syncRunLeavesStatus
            return dialect.ran(try await notebook.runToEnd(context.paragraph(), of: context.note(), order, by: context.caller))
        }
        routes.get("notebook/job/:note/:paragraph") { _, context in
            let (note, _) = try await notebook.jobStatus(of: context.note(), for: context.caller)
            return dialect.ok(dialect.jobStatus(try Notebook.paragraph(context.paragraph(), in: note)), message: nil)
        }
        routes.delete("notebook/job/:note/:paragraph") { _, context in
            try await notebook.stop(
                context.paragraph(), of: context.note(), ignoringIt: context.fault == .stopIgnored, by: context.caller)
            return dialect.ok(message: nil)
        }
    }

    private func addNoteRuns(to routes: RouterGroup<RunnerContext>) {
        routes.post("notebook/job/:note") { request, context in
            let note = try context.note()
            let caller = context.caller
            if dialect.tripsOverBodyWithoutParams, let body = try await request.json(), body["params"] == nil {
                throw Refusal.unexpected(.nullPointer)
            }
            try await notebook.beginRunAll(note, by: caller)
            let query = request.uri.queryParameters
            switch dialect.noteRun {
            case .blocking:
                if let failed = await notebook.continueRunAll(note, .init(mishap: context.mishap), by: caller) {
                    throw Refusal.precondition("\(failed)- Not selected or Invalid Interpreter bind")
                }
            case .background:
                let order = Notebook.RunOrder(isAlone: query.get("isolated") == "true", mishap: context.mishap)
                let run = Task { await notebook.continueRunAll(note, order, by: caller) }
                if query.get("blocking") == "true" { _ = await run.value }
            }
            return dialect.ok(message: nil)
        }
        routes.get("notebook/job/:note") { _, context in
            let (note, isRunning) = try await notebook.jobStatus(of: context.note(), for: context.caller)
            return dialect.ok(dialect.jobStatus(note, isRunning: isRunning), message: nil)
        }
        routes.delete("notebook/job/:note") { _, context in
            try await notebook.stopAll(of: context.note(), ignoringIt: context.fault == .stopIgnored, by: context.caller)
            return dialect.ok(message: nil)
        }
    }

    private func order(_ request: Request, _ context: RunnerContext) async throws -> Notebook.RunOrder {
        .init(params: try await request.json()?["params"]?.object ?? [:], mishap: context.mishap)
    }
}
