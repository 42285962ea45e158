import HindsightTesting

/// The files of a folder as a process sees them, and as they may be found after the power was lost.
///
/// Names in a folder change in order (file systems keep a journal of them), and are durable once the folder is flushed. A name that was
/// made and not flushed may be gone although its file was flushed: some file systems are kinder, none is worse.
struct DiskModel {
    private typealias Names = [String: Int]

    private var files: [FileModel] = []
    /// Each state of the names since the folder was last flushed; the last is what the process sees.
    private var names: [Names] = [[:]]

    /// What a loss of power makes of the changes that were not flushed.
    enum Loss: CaseIterable {
        /// All of them had reached the disk.
        case nothing
        /// None of them had.
        case everything
        /// Chance decides for each sector of 512 bytes.
        case sectors
        /// Chance decides for each page of 4 KiB, as Linux writes them.
        case pages
    }

    mutating func apply(_ step: SystemCallRecord.Step) {
        switch step {
        case .create(let name):
            guard current[name] == nil else { return }
            let number = files.count
            files.append(FileModel())
            change { $0[name] = number }
        case .unlink(let name): change { $0[name] = nil }
        case .rename(let name, let other): change { $0[other] = $0.removeValue(forKey: name) }
        case .write(let name, let offset, let bytes): change(file: name) { $0.write(bytes, at: offset) }
        case .truncate(let name, let size): change(file: name) { $0.truncate(to: size) }
        case .flush(let name, let succeeded): change(file: name) { succeeded ? $0.flush() : $0.failToFlush() }
        case .flushNames(let succeeded): if succeeded { names = [current] }
        case .say: break
        }
    }

    /// The files that are found when the power is lost now.
    func files(after loss: Loss, using generator: inout SeededGenerator) -> [String: [UInt8]] {
        let found =
            switch loss {
            case .nothing: current
            case .everything: names[0]
            case .sectors, .pages: names[Int.random(in: 0..<names.count, using: &generator)]
            }
        var contents: [String: [UInt8]] = [:]
        // In the order of their names, so that the same seed makes the same choices.
        for (name, number) in found.sorted(by: { $0.key < $1.key }) {
            let file = files[number]
            contents[name] =
                switch loss {
                case .nothing: file.content
                case .everything: file.durable
                case .sectors: file.found(losingUnitsOf: 1, using: &generator)
                case .pages: file.found(losingUnitsOf: FileModel.sectorsPerPage, using: &generator)
                }
        }
        return contents
    }

    private var current: Names { names[names.count - 1] }

    private mutating func change(_ body: (inout Names) -> Void) {
        var next = current
        body(&next)
        names.append(next)
    }

    private mutating func change(file name: String, _ body: (inout FileModel) -> Void) {
        if let number = current[name] { body(&files[number]) }
    }
}
