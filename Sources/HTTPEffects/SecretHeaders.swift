import FoundationEssentials
import HindsightCore

/// Header fields that authorise requests, from a file of their own so that they stand in no argument list, event or log.
public struct SecretHeaders: Sendable {
    let fields: [(name: String, value: String)]

    /// What the adapter or the protocol says itself.
    private static let reserved: Set<String> = [
        "accept", "connection", "content-length", "content-type", "hindsight-signature", "host", "idempotency-key", "transfer-encoding",
    ]

    /// - Parameter path: A JSON file `{"Authorization":"Bearer …"}`: names and values.
    /// - Throws: ``HTTPEffectsError/unreadableFile(path:reason:)``, never with a value of it.
    public init(file path: String) throws(HTTPEffectsError) {
        let members: [String: String]
        do {
            members = try JSON.decode([String: String].self, from: try Self.read(path))
        } catch let error as HTTPEffectsError {
            throw error
        } catch {
            throw .unreadableFile(path: path, reason: "it has to be {\"Authorization\":\"…\"}: names of headers and their values")
        }
        for (name, value) in members {
            guard Self.isToken(name), !Self.reserved.contains(name.lowercased()) else {
                throw .unreadableFile(path: path, reason: "it names a header that can't be set")
            }
            guard !value.isEmpty, value.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
                throw .unreadableFile(path: path, reason: "the value of \(name) has to be visible ASCII text")
            }
        }
        fields = members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    static func read(_ path: String) throws(HTTPEffectsError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw .unreadableFile(path: path, reason: "it can't be read")
        }
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension SecretHeaders: CustomStringConvertible, CustomReflectable {
    public var description: String { "headers" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
