import Glibc

/// The few file operations that the audience flow needs; each failure names the file.
package enum AudienceFiles {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Puts the text in place in one step: a reader sees the old file or the new one.
    package static func write(_ text: String, to path: String) throws {
        let unfinished = path + ".part"
        guard let file = fopen(unfinished, "w") else { throw failure("write", unfinished) }
        let bytes = Array(text.utf8)
        let written = fwrite(bytes, 1, bytes.count, file)
        let isFlushed = fflush(file) == 0 && fsync(fileno(file)) == 0
        guard fclose(file) == 0, written == bytes.count, isFlushed else { throw failure("write", unfinished) }
        try rename(unfinished, to: path)
    }

    /// Removes the file if it is there.
    static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
    }

    static func rename(_ path: String, to target: String) throws {
        guard Glibc.rename(path, target) == 0 else { throw failure("rename", path) }
    }

    private static func failure(_ act: String, _ path: String) -> Failure {
        Failure(description: "cannot \(act) \(path): \(String(cString: strerror(errno)))")
    }
}
