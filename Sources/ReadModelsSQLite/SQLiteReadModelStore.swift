public import HindsightCore
import FoundationEssentials
import Glibc
import SQLiteConnection
import Synchronization

/// Read models below `read-models/` of a folder: disposable, so little is flushed for their sake.
///
/// Each generation is a file of its own, so that building one beside another takes no lock of it, and dropping one takes no time. A small
/// catalog says which of them serves. Any process may look, and any may fold; whoever comes second finds the checkpoint moved.
public final class SQLiteReadModelStore: ReadModelStore {
    private let directory: String
    private let catalog: Mutex<Catalog>
    private let files = Mutex<[Int: (projection: String, file: GenerationFile)]>([:])

    /// Opens the store below `folder`, and makes it if it is missing or was written by another version of this code.
    public init(folder: String) throws(ReadModelError) {
        directory = folder + "/read-models"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw .unavailable(reason: "the folder \(directory) cannot be made: check who may write there")
        }
        do {
            catalog = Mutex(try Catalog(directory: directory))
        } catch {
            throw Self.translated(error)
        }
    }

    private static func translated(_ error: any Error) -> ReadModelError {
        switch error {
        case let error as ReadModelError: error
        case let error as SQLiteError where error.kind == .corrupt || error.kind == .notADatabase: .damaged(reason: error.message)
        default: .unavailable(reason: "\(error)")
        }
    }

    private func inCatalog<Result: Sendable>(_ body: (Catalog) throws -> Result) throws(ReadModelError) -> Result {
        do {
            return try catalog.withLock { try body($0) }
        } catch {
            throw Self.translated(error)
        }
    }

    private func inFile<Result>(of generation: Generation, _ body: (GenerationFile) throws -> Result) throws(ReadModelError) -> Result {
        do {
            let file = try files.withLock { files in
                if let known = files[generation.number] { return known.file }
                let file = try GenerationFile(directory: directory, number: generation.number)
                files[generation.number] = (generation.projection, file)
                return file
            }
            return try body(file)
        } catch {
            throw Self.translated(error)
        }
    }

    // MARK: - Generations

    public func generations(of projection: String) async throws(ReadModelError) -> [StoredGeneration] {
        let listed = try inCatalog { try $0.generations(of: projection) }
        // What another process has dropped is let go of.
        let numbers = Set(listed.map(\.generation.number))
        files.withLock { files in
            files = files.filter { $0.value.projection != projection || numbers.contains($0.key) }
        }
        var found: [StoredGeneration] = []
        for (generation, status, order) in listed {
            do {
                let checkpoint = try await checkpoint(of: generation)
                found.append(StoredGeneration(generation: generation, status: status, checkpoint: checkpoint, order: order))
            } catch ReadModelError.overtaken {
                // Dropped between the two questions.
                continue
            }
        }
        return found
    }

    public func serving(of projection: String) async throws(ReadModelError) -> Generation? {
        try inCatalog { try $0.serving(of: projection) }
    }

    public func claimBuilding(of projection: String) async throws(ReadModelError) -> BuildingClaim? {
        // The name may hold anything; its bytes in hexadecimal are a name for a file.
        let path = "\(directory)/build-\(Array(projection.utf8).hexadecimal).lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .unavailable(reason: "the file \(path) cannot be made: check who may write there") }
        // Gone with the process that holds it, however that ends.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        return BuildingClaim { close(descriptor) }
    }

    public func makeGeneration(
        of projection: String, code: ProjectionCode, order: RebuildOrder?
    ) async throws(ReadModelError) -> Generation {
        let generation = try inCatalog { try $0.add(projection, code, order) }
        do {
            try GenerationFile.make(directory: directory, number: generation.number)
        } catch {
            throw Self.translated(error)
        }
        return generation
    }

    public func serve(_ generation: Generation) async throws(ReadModelError) {
        // What was built in large commits leaves a long journal behind.
        try inFile(of: generation) { try $0.tidy() }
        let dropped = try inCatalog { try $0.serve(generation) }
        try remove(dropped)
    }

    public func drop(_ generation: Generation) async throws(ReadModelError) {
        if try inCatalog({ try $0.drop(generation) }) { try remove([generation.number]) }
    }

    /// Whoever has one of the files open goes on with it until they look into the catalog again.
    private func remove(_ numbers: [Int]) throws(ReadModelError) {
        for number in numbers { _ = files.withLock { $0.removeValue(forKey: number) } }
        do {
            for number in numbers { try GenerationFile.remove(directory: directory, number: number) }
        } catch {
            throw Self.translated(error)
        }
    }

    // MARK: - Writing

    public func checkpoint(of generation: Generation) async throws(ReadModelError) -> Checkpoint {
        try inFile(of: generation) { try $0.checkpoint() }
    }

    public func commit(
        _ batch: RowBatch, to generation: Generation, from previous: Checkpoint
    ) async throws(ReadModelError) -> Checkpoint {
        // A generation that was dropped meanwhile has no file any more that anybody would find.
        guard try inCatalog({ try $0.holds(generation) }) else { throw .overtaken }
        return try inFile(of: generation) { try $0.commit(batch, from: previous) }
    }

    public func current(_ keys: [String], of generation: Generation) async throws(ReadModelError) -> [CurrentRow?] {
        try inFile(of: generation) { try $0.current(keys) }
    }

    // MARK: - Reading

    public func rows(
        of generation: Generation, _ selection: RowSelection, at position: Position?
    ) async throws(ReadModelError) -> RowPage {
        try inFile(of: generation) { try $0.rows(selection, at: position) }
    }

    public func row(_ key: String, of generation: Generation, at position: Position?) async throws(ReadModelError) -> RowTrail? {
        try inFile(of: generation) { try $0.row(key, at: position) }
    }

    public func count(of generation: Generation, with entry: IndexEntry) async throws(ReadModelError) -> Int {
        try inFile(of: generation) { try $0.count(with: entry) }
    }

    public func touches(
        of key: String, in generation: Generation, until position: Position
    ) async throws(ReadModelError) -> [Position] {
        try inFile(of: generation) { try $0.touches(of: key, until: position) }
    }

    // MARK: - Parked events

    public func failures(of generation: Generation) async throws(ReadModelError) -> [StreamFailure] {
        try inFile(of: generation) { try $0.failures() }
    }

    public func parkedEvents(of stream: StreamName, in generation: Generation) async throws(ReadModelError) -> [Position] {
        try inFile(of: generation) { try $0.parkedEvents(of: stream) }
    }
}
