import ArgumentParser
import Crypto
import Foundation

/// How the gateway tells a receiver what became of charges.
///
/// An event is `POST` to the address, as `application/json`: `{"id","type","charge":{"id","idempotencyKey","invoice","attempt"}}` with type
/// `charge.approved`, `charge.declined` or `charge.action_required`. `Gateway-Signature: t=<unix seconds>,v1=<hexadecimal digits>` signs it:
/// HMAC-SHA256 over the seconds, a dot and the body's bytes, with a `v1` for each secret. Anything but 2xx, and no answer in 10 seconds, has
/// the event sent again, after 1, 2, 4 and 8 seconds. What a killed gateway had not sent yet is never sent.
struct WebhookPlan: Sendable {
    let address: String
    let secrets: [SymmetricKey]
    let draw: SeededDraw
    /// How many of 1,000 events are sent once more after they were taken.
    let duplicatePermille: Int
    /// How many of 1,000 events are sent late; those of charges that are pending always are.
    let latePermille: Int
    let lateness: Duration
    /// How many of 1,000 events wait until the one after them was sent, the last one for ever.
    let reorderedPermille: Int

    static let signatureHeader = "Gateway-Signature"
    static let waits: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]

    func signature(of body: Data, atSeconds seconds: Int) -> String {
        let signed = Data("\(seconds).".utf8) + body
        return (["t=\(seconds)"] + secrets.map { "v1=\(Array(HMAC<SHA256>.authenticationCode(for: signed, using: $0)).hexadecimal)" })
            .joined(separator: ",")
    }
}

struct WebhookOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where events are sent; none are without it.", valueName: "url")) var webhookURL: String?
    @Option(help: ArgumentHelp("File with the secret that events are signed with.", valueName: "file")) var webhookSecret: String?
    @Option(help: ArgumentHelp("File with a second secret, as while one is replaced.", valueName: "file")) var webhookOldSecret: String?
    @Option(help: ArgumentHelp("Events sent twice.", valueName: "permille")) var webhookDuplicateRate = 0
    @Option(help: ArgumentHelp("Events sent late.", valueName: "permille")) var webhookLateRate = 0
    @Option(help: ArgumentHelp("How late.", valueName: "ms")) var webhookLateness = 5_000
    @Option(help: ArgumentHelp("Events that the next one overtakes.", valueName: "permille")) var webhookReorderRate = 0

    func validate() throws {
        guard (webhookURL == nil) == (webhookSecret == nil) else {
            throw ValidationError("--webhook-url and --webhook-secret go together.")
        }
        for (name, rate) in [
            ("--webhook-duplicate-rate", webhookDuplicateRate), ("--webhook-late-rate", webhookLateRate),
            ("--webhook-reorder-rate", webhookReorderRate),
        ] {
            guard (0...1000).contains(rate) else { throw ValidationError("\(name) is in permille, 0 to 1000.") }
        }
        guard webhookLateness >= 0 else { throw ValidationError("--webhook-lateness is 0 or more, in milliseconds.") }
    }

    /// `nil` if nobody is to be told.
    func plan(seed: UInt64) throws -> WebhookPlan? {
        guard let webhookURL, let webhookSecret else { return nil }
        return WebhookPlan(
            address: webhookURL, secrets: try [webhookSecret, webhookOldSecret].compactMap { try $0.map(Self.secret) },
            draw: SeededDraw(seed: seed), duplicatePermille: webhookDuplicateRate, latePermille: webhookLateRate,
            lateness: .milliseconds(webhookLateness), reorderedPermille: webhookReorderRate)
    }

    /// The file's bytes without the end of line after them.
    private static func secret(_ path: String) throws -> SymmetricKey {
        var bytes = try Data(contentsOf: URL(filePath: path))
        while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard bytes.count >= 16 else { throw ValidationError("\(path): a secret has 16 bytes or more.") }
        return SymmetricKey(data: bytes)
    }
}
