import HindsightCore

/// A trained model as it is kept: its own bytes, what it was made of, and the digest of both.
///
/// The file is one line with the format's name, the digest and the length of all that follows; then the metadata as one line of JSON; then
/// the model's bytes. Nobody sees bytes that don't match their digest, so an engine is never given a file that was cut or changed. That the
/// file is the one that was promoted is for the event to say: read it with the event's digest.
package struct ModelArtifact: Sendable, Hashable {
    package let digest: ModelDigest
    package let metadata: ModelMetadata
    /// The metadata's line and the model: what the digest covers.
    private let content: [UInt8]
    private let modelStart: Int

    /// The bytes that the engine reads.
    package var model: ArraySlice<UInt8> { content[modelStart...] }

    /// An artifact of a model that was just trained.
    package init(model: [UInt8], metadata: ModelMetadata) throws {
        content = try JSON.encode(metadata) + [Self.lineEnd] + model
        modelStart = content.count - model.count
        digest = ModelDigest(of: content)
        self.metadata = metadata
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
        modelStart = end + 1 - start
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
