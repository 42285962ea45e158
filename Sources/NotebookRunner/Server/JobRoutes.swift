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
            guard let name = InterpreterName(rawValue: setting) else { throw Refusal.unexpected }
            await notebook.restart(name, for: try await request.json()?["noteId"]?.string)
            return dialect.ok(dialect.interpreterSetting(name))
        }
    }

    private func addParagraphRuns(to routes: RouterGroup<RunnerContext>) {
        routes.post("notebook/job/:note/:paragraph") { request, context in
            let params = try await request.json()?["params"]?.object ?? [:]
            _ = try await notebook.run(context.paragraph(), of: context.note(), params: params, by: context.user)
            return dialect.ok(message: nil)
        }
        routes.post("notebook/run/:note/:paragraph") { request, context in
            let params = try await request.json()?["params"]?.object ?? [:]
            let paragraph = try await notebook.runToEnd(context.paragraph(), of: context.note(), params: params, by: context.user)
            return dialect.ok(paragraph.results.map(dialect.results) ?? .null, message: nil)
        }
        routes.get("notebook/job/:note/:paragraph") { _, context in
            let (note, _) = try await notebook.jobStatus(of: context.note(), for: context.user)
            return dialect.ok(dialect.jobStatus(try Notebook.paragraph(context.paragraph(), in: note)), message: nil)
        }
        routes.delete("notebook/job/:note/:paragraph") { _, context in
            try await notebook.stop(context.paragraph(), of: context.note(), by: context.user)
            return dialect.ok(message: nil)
        }
    }

    private func addNoteRuns(to routes: RouterGroup<RunnerContext>) {
        routes.post("notebook/job/:note") { request, context in
            let note = try context.note()
            let user = context.user
            // A body without `params` is what 0.11 and later trip over.
            if let body = try await request.json(), body["params"] == nil { throw Refusal.unexpected }
            let isAlone = request.uri.queryParameters.get("isolated") == "true"
            if request.uri.queryParameters.get("blocking") == "true" {
                try await notebook.runAll(note, alone: isAlone, by: user)
            } else {
                try await notebook.beginRunAll(note, by: user)
                Task { await notebook.continueRunAll(note, alone: isAlone, by: user) }
            }
            return dialect.ok(message: nil)
        }
        routes.get("notebook/job/:note") { _, context in
            let (note, isRunning) = try await notebook.jobStatus(of: context.note(), for: context.user)
            return dialect.ok(dialect.jobStatus(note, isRunning: isRunning), message: nil)
        }
        routes.delete("notebook/job/:note") { _, context in
            try await notebook.stopAll(of: context.note(), by: context.user)
            return dialect.ok(message: nil)
        }
    }
}
