import Foundation
import HindsightCore
import HindsightTesting
import PaymentPeers

/// The simulated gateway as a process of its own; it ends with this object.
final class SimulatedGatewayProcess: Sendable {
    let url: String
    private nonisolated(unsafe) let process: ChildProcess

    init(state: String, _ options: [String]) throws {
        let program = Bundle.main.bundleURL.appending(path: "payment-gateway").path
        process = try ChildProcess(program, ["--state", state, "--parent-pipe"] + options)
        guard let line = try process.nextLine(),
            let port = try JSON.decode(JSONValue.self, from: Array(line.utf8))["port"]?.integerValue
        else { throw StripePeerProcess.Failure(reason: "the gateway did not start") }
        url = "http://127.0.0.1:\(port)"
    }

    deinit {
        process.kill()
        _ = process.waitForEnd()
    }
}
