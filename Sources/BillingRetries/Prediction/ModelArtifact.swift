import HindsightCore

/// A trained model as it is kept: its parts, what it was made of, and the digest of all of it.
///
/// The file is one line with the format's name, the digest and the length of all that follows; then the metadata as one line of JSON; then
/// one with the names and lengths of the parts; then the parts' bytes. Nobody sees bytes that don't match their digest, so an engine is never given a file that was cut or changed. That the
/// file is the one that was promoted is for the event to say: read it with the event's digest.
package struct ModelArtifact: Sendable, Hashable {
    package let digest: ModelDigest
    package let metadata: ModelMetadata
    /// The metadata's line, the parts' line, and the parts: what the digest covers.
    private let content: [UInt8]
    /// Where each part lies in the content.
    private let parts: [String: Range<Int>]

    /// The bytes that the engine reads.
    package var model: ArraySlice<UInt8> { content[parts[ModelPart.trees.rawValue] ?? 0..<0] }

    /// An artifact of a model that was just trained.
    ///
    /// - Parameter others: What the model has beside the engine's bytes.
    package init(model: [UInt8], others: [(part: ModelPart, bytes: [UInt8])] = [], metadata: ModelMetadata) throws {
        let all = [(part: ModelPart.trees, bytes: model)] + others
        let table = PartsTable(parts: all.map { PartsTable.Part(name: $0.part.rawValue, bytes: $0.bytes.count) })
        let lines = try JSON.encode(metadata) + [Self.lineEnd] + JSON.encode(table) + [Self.lineEnd]
        content = all.reduce(into: lines) { $0 += $1.bytes }
        guard let parts = table.ranges(from: lines.count, to: content.count) else {
            preconditionFailure("a model has each part once")
        }
        self.parts = parts
        digest = ModelDigest(of: content)
        self.metadata = metadata
    }

    /// Reads a part that is kept as JSON.
    ///
    /// - Throws: `.missingPart`, or `.unreadablePart` with the reason.
    package func decode<Value: Decodable>(_ type: Value.Type, from part: ModelPart) throws(ModelArtifactError) -> Value {
        guard let range = parts[part.rawValue] else { throw .missingPart(part) }
        do {
            return try JSON.decode(type, from: Array(content[range]))
        } catch {
            throw .unreadablePart(part, reason: "\(error)")
        }
    }

    /// The whole file.
    package var fileBytes: [UInt8] { Array(Self.header(digest, contentLength: content.count).utf8) + content }

    /// Reads a file.
    ///
    /// - Parameter expected: The digest under which the log knows the model; `nil` reads whatever is there.
    /// - Throws: ``ModelArtifactError`` for anything but the whole, unchanged file of that digest.
    package init(file bytes: [UInt8], expecting expected: ModelDigest? = nil) throws(ModelArtifactError) {
        let (recorded, start, length) = try Self.header(of: bytes)
        let content = bytes[start...]
        guard content.count >= length else { throw .truncated(found: content.count, expected: length) }
        guard content.count == length else { throw .overlong(found: content.count, expected: length) }
        digest = ModelDigest(of: content)
        guard digest == recorded else { throw .changed(recorded: recorded, found: digest) }
        if let expected, expected != digest { throw .otherDigest(expected: expected, found: digest) }
        guard let end = content.firstIndex(of: Self.lineEnd) else { throw .unreadableMetadata("no line of JSON") }
        do {
            metadata = try JSON.decode(ModelMetadata.self, from: Array(content[..<end]))
        } catch {
            throw .unreadableMetadata("\(error)")
        }
        guard let tableEnd = content[(end + 1)...].firstIndex(of: Self.lineEnd) else { throw .unreadableMetadata("no line of its parts") }
        do {
            let table = try JSON.decode(PartsTable.self, from: Array(content[(end + 1)..<tableEnd]))
            guard let parts = table.ranges(from: tableEnd + 1 - start, to: length) else {
                throw ModelArtifactError.unreadableMetadata("its parts are not as long as it says")
            }
            self.parts = parts
        } catch let error as ModelArtifactError {
            throw error
        } catch {
            throw .unreadableMetadata("\(error)")
        }
        self.content = Array(content)
    }

    private static let name = "hindsight-model-1"
    private static let lineEnd = UInt8(ascii: "\n")
    /// The name, 64 digits, and a length of at most 18: no header is longer.
    private static let longestHeader = name.utf8.count + 1 + 64 + 1 + 18

    private static func header(_ digest: ModelDigest, contentLength: Int) -> String { "\(name) \(digest) \(contentLength)\n" }

    private static func header(
        of bytes: [UInt8]
    ) throws(ModelArtifactError) -> (digest: ModelDigest, contentStart: Int, contentLength: Int) {
        guard !bytes.isEmpty else { throw .empty }
        let start = bytes.prefix(longestHeader + 1)
        guard let end = start.firstIndex(of: lineEnd) else {
            let isBegun = start.count <= longestHeader && zip(start, name.utf8).allSatisfy { $0 == $1 }
            throw isBegun ? .truncated(found: 0, expected: nil) : .notAnArtifact
        }
        let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
        guard words.count == 3, let digest = ModelDigest(words[1]), let length = Int(words[2]), length >= 0,
            bytes[...end].elementsEqual(header(digest, contentLength: length).utf8)
        else { throw .notAnArtifact }
        return (digest, end + 1, length)
    }
}

/// What a model is made of.
package enum ModelPart: String, Sendable, Hashable, CaseIterable {
    /// The engine's bytes.
    case trees
    /// ``FundsPriors``.
    case funds
    /// ``IssuerEncodings``.
    case issuers
    /// ``CardLife``.
    case cards
}

/// Which parts follow, in their order, and how long each is.
private struct PartsTable: Codable {
    struct Part: Codable {
        let name: String
        let bytes: Int
    }

    let parts: [Part]

    /// `nil` unless the parts, each of another name, fill the space.
    func ranges(from start: Int, to end: Int) -> [String: Range<Int>]? {
        var (next, ranges) = (start, [String: Range<Int>]())
        for part in parts {
            guard part.bytes >= 0, part.bytes <= end - next else { return nil }
            guard ranges.updateValue(next..<(next + part.bytes), forKey: part.name) == nil else { return nil }
            next += part.bytes
        }
        return next == end ? ranges : nil
    }
}
