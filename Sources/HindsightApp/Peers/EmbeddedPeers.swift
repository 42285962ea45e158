import DemoInputs
import Foundation

/// The peers that come with the program, for a log that no real ones are configured for: their state and journals lie beside the log.
package struct EmbeddedPeers: Sendable {
    private let folder: String
    /// Where their programs lie.
    private let programs: String

    package init(folder: String, programs: String) {
        self.folder = folder
        self.programs = programs
    }

    /// The folder of the running program.
    package static var ownPrograms: String {
        get throws {
            URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).deletingLastPathComponent().path
        }
    }

    /// The simulated gateway; the same seed gives the same answers.
    package func startGateway(seed: Int64) async throws -> PeerProcess {
        let state = try made("payment-gateway")
        return try await PeerProcess.start(
            "payment-gateway", from: programs, arguments: ["--state", state, "--seed", String(seed)], complaints: "\(state)/stderr.txt")
    }

    /// Where notebooks leave their files unless another folder is named.
    package var sharedDirectory: String { "\(folder)/audiences" }

    /// The notebook runner, with the example notebooks and the database of transactions that it reads.
    ///
    /// - Parameter shared: Where notebooks leave their files; ``sharedDirectory`` for `nil`.
    package func startNotebookRunner(sharedDirectory shared: String? = nil) async throws -> PeerProcess {
        let state = try made("notebook-runner")
        let sharedDirectory = shared ?? sharedDirectory
        try FileManager.default.createDirectory(atPath: sharedDirectory, withIntermediateDirectories: true)
        let database = "\(folder)/transactions.sqlite"
        try TransactionsDatabase.generate(at: database, seed: 1)
        try AudienceFiles.write(TransactionsDatabase.optOuts(in: database), to: "\(sharedDirectory)/opt-outs.txt")
        var arguments = ["--state", state, "--shared", sharedDirectory, "--database", database]
        for (name, note) in [("audience-by-purchases", DemoInputs.audienceNote), ("partner-monthly-report", DemoInputs.reportNote)] {
            let file = "\(state)/\(name).note.json"
            try AudienceFiles.write(String(decoding: note, as: UTF8.self), to: file)
            arguments += ["--import", file]
        }
        return try await PeerProcess.start(
            "notebook-runner", from: programs, arguments: arguments,
            complaints: "\(state)/stderr.txt")
    }

    private func made(_ name: String) throws -> String {
        let path = "\(folder)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}
