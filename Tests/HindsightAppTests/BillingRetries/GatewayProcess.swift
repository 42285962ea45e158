import Foundation
import HindsightCore

/// The simulated gateway as a process of its own, with what its journal says afterwards.
///
/// It ends with its standard input, which this object holds: a test that fails takes its gateway along.
final class GatewayProcess: Sendable {
    /// What the journal says that the gateway did.
    struct Witness {
        /// How often it acted on each key.
        var actsByKey: [String: Int] = [:]
        var approvedMinor: [String: Int64] = [:]
        var approvalsByInvoice: [String: Int] = [:]
        var kinds: [String: Int] = [:]
    }

    struct Failure: Error { let reason: String }

    let url: String
    private let folder: URL
    private let process: Process
    private let input = Pipe()

    init(seed: Int, options: [String] = []) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "billing-gateway-\(UUID().uuidString)")
        process = Process()
        process.executableURL = Bundle.main.bundleURL.appending(path: "payment-gateway")
        process.arguments = ["--port", "0", "--state", folder.path, "--seed", "\(seed)", "--parent-pipe"] + options
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let reader = output.fileHandleForReading
        let line = await withCheckedContinuation { (continuation: CheckedContinuation<Data, Never>) in
            Thread.detachNewThread { continuation.resume(returning: reader.availableData) }
        }
        guard let port = try JSONDecoder().decode([String: Int].self, from: line)["port"] else { throw Failure(reason: "no port") }
        url = "http://127.0.0.1:\(port)"
    }

    /// Ends the gateway and forgets its journal.
    func end() throws {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        try FileManager.default.removeItem(at: folder)
    }

    func witness() throws -> Witness {
        let lines = try String(contentsOf: folder.appending(path: "journal.ndjson"), encoding: .utf8).split(separator: "\n")
        return try lines.reduce(into: Witness()) { witness, line in
            let entry = try JSON.decode(JSONValue.self, from: Array(line.utf8))
            witness.kinds[entry["kind"]?.stringValue ?? "", default: 0] += 1
            guard entry["kind"] == "charge", let key = entry["key"]?.stringValue, let invoice = entry["invoice"]?.stringValue,
                let currency = entry["currency"]?.stringValue, let amount = entry["amountMinor"]?.integerValue
            else { return }
            witness.actsByKey[key, default: 0] += 1
            guard entry["outcome"] == "approved" else { return }
            witness.approvedMinor[currency, default: 0] += amount
            witness.approvalsByInvoice[invoice, default: 0] += 1
        }
    }
}
