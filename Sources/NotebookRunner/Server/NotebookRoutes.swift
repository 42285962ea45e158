import Hummingbird

/// `/api/notebook`: notes and paragraphs.
struct NotebookRoutes: Sendable {
    let notebook: Notebook
    let dialect: Dialect

    func add(to routes: RouterGroup<RunnerContext>) {
        addNotes(to: routes)
        addParagraphs(to: routes)
    }

    private func addNotes(to routes: RouterGroup<RunnerContext>) {
        routes.get("notebook") { _, context in
            dialect.ok(.array(await notebook.list(for: context.caller).map(dialect.listEntry)))
        }
        routes.post("notebook") { request, context in
            let body = try await request.json()
            let paragraphs = (body?["paragraphs"]?.array ?? []).map(Self.newParagraph)
            let isEmptyAdded = body?["addingEmptyParagraph"]?.bool ?? false
            let id = try await notebook.create(
                at: dialect.place(in: body), paragraphs: paragraphs, addingEmptyParagraph: isEmptyAdded, by: context.caller)
            return dialect.ok(.string(id))
        }
        routes.post("notebook/import") { request, context in
            guard let file = try await request.json() else { throw Refusal.unexpected(.nullPointer) }
            let place = request.uri.queryParameters.get("notePath")
            return dialect.ok(.string(try await notebook.importNote(file, at: place, by: context.caller)))
        }
        // A version without the lookup takes it for a clone of a note with that id.
        if dialect.hasGetByPath {
            routes.post("notebook/getByPath") { request, context in
                guard let path = try await request.json()?["notePath"]?.string else { throw Refusal.unexpected(.nullPointer) }
                return dialect.ok(dialect.note(try await notebook.note(at: path, for: context.caller)))
            }
        }
        routes.get("notebook/:note") { _, context in
            dialect.ok(dialect.note(try await notebook.note(context.note(), for: context.caller)))
        }
        routes.post("notebook/:note") { request, context in
            let place = dialect.place(in: try await request.json())
            let used = context.fault == .mislaidClone ? nil : place
            let isCutShort = context.fault == .halfClone
            return dialect.ok(.string(try await notebook.clone(context.note(), to: used, cutShort: isCutShort, by: context.caller)))
        }
        routes.delete("notebook/:note") { _, context in
            try await notebook.delete(context.note(), by: context.caller)
            return dialect.ok()
        }
        if dialect.hasRename {
            routes.put("notebook/:note/rename") { request, context in
                try await notebook.rename(context.note(), to: try await request.json()?["name"]?.string, by: context.caller)
                return dialect.ok()
            }
        }
        routes.get("notebook/:note/permissions") { _, context in
            dialect.ok(dialect.permissions(try await notebook.note(context.note(), for: context.caller, to: .readPermissions).permissions))
        }
        routes.put("notebook/:note/permissions") { request, context in
            let lists = PermissionChange(try await request.json())
            try await notebook.setPermissions(of: context.note(), lists, by: context.caller)
            return dialect.ok(message: nil)
        }
        routes.put("notebook/:note/clear") { _, context in
            try await notebook.clearResults(of: context.note(), by: context.caller)
            return dialect.ok()
        }
    }

    private func addParagraphs(to routes: RouterGroup<RunnerContext>) {
        routes.post("notebook/:note/paragraph") { request, context in
            guard let body = try await request.json() else { throw Refusal.unexpected(.nullPointer) }
            let id = try await notebook.insert(
                Self.newParagraph(body), at: body["index"]?.integer, into: context.note(), by: context.caller)
            return dialect.ok(.string(id))
        }
        routes.get("notebook/:note/paragraph/:paragraph") { _, context in
            dialect.ok(dialect.paragraph(try await notebook.paragraph(context.paragraph(), of: context.note(), for: context.caller)))
        }
        routes.put("notebook/:note/paragraph/:paragraph") { request, context in
            guard let body = try await request.json() else { throw Refusal.unexpected(.nullPointer) }
            try await notebook.update(
                context.paragraph(), of: context.note(), text: body["text"]?.string, title: body["title"]?.string, by: context.caller)
            return dialect.ok()
        }
        routes.delete("notebook/:note/paragraph/:paragraph") { _, context in
            try await notebook.remove(context.paragraph(), of: context.note(), by: context.caller)
            return dialect.ok()
        }
        routes.put("notebook/:note/paragraph/:paragraph/config") { request, context in
            let config = try await request.json()?.object ?? [:]
            let paragraph = try await notebook.configure(context.paragraph(), of: context.note(), with: config, by: context.caller)
            return dialect.ok(dialect.paragraph(paragraph))
        }
        routes.post("notebook/:note/paragraph/:paragraph/move/:index") { _, context in
            guard let index = context.parameters.get("index", as: Int.self) else { throw Refusal.unexpected(.nullPointer) }
            try await notebook.move(context.paragraph(), of: context.note(), to: index, by: context.caller)
            return dialect.ok()
        }
    }

    private static func newParagraph(_ json: JSON) -> Notebook.NewParagraph {
        .init(title: json["title"]?.string, text: json["text"]?.string, config: json["config"]?.object ?? [:])
    }
}

extension RunnerContext {
    func note() throws -> String { try parameters.require("note") }
    func paragraph() throws -> String { try parameters.require("paragraph") }
}

extension Request {
    /// The longest body that the runner reads, in bytes.
    static let bodyLimit = 8 << 20

    /// The body as JSON, `nil` where it is empty.
    func json() async throws -> JSON? {
        try JSON.parse(try await body.collect(upTo: Self.bodyLimit).readableBytesView)
    }
}
