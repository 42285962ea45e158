import AudienceJobs
import Glibc

/// A file below the shared directory, and surely nowhere else.
struct SharedFile {
    private static let chunkBytes = 1 << 18
    private let path: String

    /// - Throws: A refusal for a file that is missing or leads outside, through a link as well.
    init(_ relative: String, in directory: String) throws {
        guard TemplateDefinition.staysInside(relative) else {
            throw EffectRefusal(cause: .artifactOutside, reason: "the path leads out of the shared directory")
        }
        guard let root = Self.resolved(directory) else { throw UnclearEffect(reason: "the shared directory can't be reached") }
        guard let file = Self.resolved(directory + "/" + relative) else {
            guard errno == ENOENT || errno == ENOTDIR else { throw UnclearEffect(reason: "the file can't be reached") }
            throw EffectRefusal(cause: .artifactMissing, reason: "the file is not there")
        }
        guard file.hasPrefix(root == "/" ? root : root + "/") else {
            throw EffectRefusal(cause: .artifactOutside, reason: "a link leads out of the shared directory")
        }
        path = file
    }

    /// Hands over the content in pieces, in order.
    func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw UnclearEffect(reason: "the file can't be opened") }
        defer { close(descriptor) }
        try withUnsafeTemporaryAllocation(byteCount: Self.chunkBytes, alignment: 16) { buffer in
            while true {
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw UnclearEffect(reason: "the file can't be read") }
                if count == 0 { return }
                try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    /// The path without links; `nil`, with `errno` set, where that leads nowhere.
    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
