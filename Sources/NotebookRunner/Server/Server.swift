import Hummingbird
import Logging
import NIOCore

/// Joins routes and gatekeepers to one server on loopback.
struct Server: Sendable {
    let notebook: Notebook
    let authentication: Authentication
    let journal: Journal
    private let faults = Faults()
    private let dialect: Dialect

    init(dialect: Dialect, notebook: Notebook, authentication: Authentication, journal: Journal) {
        self.dialect = dialect
        self.notebook = notebook
        self.authentication = authentication
        self.journal = journal
    }

    /// Serves until the process ends.
    ///
    /// - Parameter onListening: Called once with the port, which the system chooses where `port` is 0.
    func run(port: Int, onListening: @escaping @Sendable (Int) -> Void) async throws {
        var logger = Logger(label: "notebook-runner")
        logger.logLevel = .error
        let application = Application(
            router: router(), configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? port) }, logger: logger)
        try await application.run()
    }

    private func router() -> Router<RunnerContext> {
        let router = Router(context: RunnerContext.self)
        FaultRoutes(faults: faults, authentication: authentication, journal: journal).add(to: router)
        let api = router.group("api")
            .add(middleware: FaultMiddleware(faults: faults, authentication: authentication, journal: journal, dialect: dialect))
            .add(middleware: RefusalMiddleware(dialect: dialect))
            .add(middleware: FilterMiddleware(dialect: dialect))
        LoginRoutes(authentication: authentication, dialect: dialect).add(to: api)
        let guarded = api.group().add(middleware: SessionMiddleware(authentication: authentication, dialect: dialect))
        NotebookRoutes(notebook: notebook, dialect: dialect).add(to: guarded)
        JobRoutes(notebook: notebook, dialect: dialect).add(to: guarded)
        return router
    }
}
