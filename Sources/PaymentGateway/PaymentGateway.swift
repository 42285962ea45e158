import ArgumentParser
import Foundation
import Hummingbird
import Logging
import NIOCore

/// A payment gateway for demos and tests: a process of its own, and the witness that nobody is charged twice.
@main
struct PaymentGateway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payment-gateway",
        abstract: "A simulated payment gateway on 127.0.0.1.",
        discussion: """
            Prints {"port":N,"pid":N} when it listens. Whatever it acts on stands in DIR/journal.ndjson before anyone is told, so it may be \
            killed at any moment. The same seed gives the same answers.
            """)

    @Option(help: "Port to listen on; 0 takes a free one.") var port = 0
    @Option(help: ArgumentHelp("Folder of the journal.", valueName: "dir")) var state: String
    @Option(help: "Seed of all outcomes and faults.") var seed: UInt64 = 1
    @Option(help: ArgumentHelp("File that gets the same line as standard output.", valueName: "file")) var portFile: String?
    @Flag(help: "End when standard input ends.") var parentPipe = false
    @Option(help: ArgumentHelp("JSON file {\"token\"}: demand it as bearer token.", valueName: "file")) var credentials: String?
    @Option(help: ArgumentHelp("Invoices whose first attempt fails.", valueName: "permille")) var failureRate = 180
    @Option(help: ArgumentHelp("Approved charges answered as pending.", valueName: "permille")) var pendingRate = 5
    @OptionGroup(title: "Faults") var faultOptions: FaultOptions
    @OptionGroup(title: "Webhooks") var webhookOptions: WebhookOptions

    func validate() throws {
        for (name, rate) in [("--failure-rate", failureRate), ("--pending-rate", pendingRate)] {
            guard (0...1000).contains(rate) else { throw ValidationError("\(name) is in permille, 0 to 1000.") }
        }
        guard (0...65_535).contains(port) else { throw ValidationError("--port is 0 to 65535.") }
    }

    func run() async throws {
        let ending = Ending()
        let webhooks = try webhookOptions.plan(seed: seed)
        let (news, continuation) = AsyncStream<Charge>.makeStream()
        let store = try await ChargeStore(
            directory: URL(filePath: state, directoryHint: .isDirectory), seed: seed,
            model: OutcomeModel(seed: seed, failurePermille: failureRate, pendingPermille: pendingRate),
            faults: faultOptions.faults(seed: seed), manners: faultOptions.manners, news: webhooks == nil ? nil : continuation,
            onFailure: { ending.come(because: $0) })
        let authentication = try credentials.map { try Authentication<Server.Context>(credentials: URL(filePath: $0)) }
        var application = Application(
            router: Server.makeRouter(
                store: store, capabilities: (faultOptions.keyHours, faultOptions.repeatsErrors), authentication: authentication),
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: "payment-gateway"),
            onServerRunning: { channel in
                do {
                    try announce(port: channel.localAddress?.port ?? port)
                } catch {
                    ending.come(because: error)
                }
            })
        application.logger.logLevel = .critical  // what goes wrong ends the gateway with a line of its own
        if parentPipe { ending.comeWithStandardInput() }

        try await withThrowingTaskGroup { group in
            group.addTask { [application] in try await application.runService() }  // returns on SIGTERM and SIGINT
            group.addTask { try await ending.wait() }
            if let webhooks { group.addTask { try await WebhookSender(webhooks, store: store).run(news) } }
            try await group.next()
            group.cancelAll()
        }
    }

    private func announce(port: Int) throws {
        let line = Data("{\"port\":\(port),\"pid\":\(ProcessInfo.processInfo.processIdentifier)}\n".utf8)
        if let portFile { try line.write(to: URL(filePath: portFile), options: .atomic) }
        try FileHandle.standardOutput.write(contentsOf: line)
    }
}
