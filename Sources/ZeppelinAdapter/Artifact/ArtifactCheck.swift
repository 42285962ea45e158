package import AudienceJobs
import Crypto
import HindsightCore

/// Looks at the file that a notebook made: nothing is taken in before every promise of it has been seen to hold.
package struct ArtifactCheck: Sendable {
    private let sharedDirectory: String

    package init(sharedDirectory: String) {
        self.sharedDirectory = sharedDirectory
    }

    /// - Throws: A refusal with its cause; an unclear effect where the directory or the file can't be read at the moment.
    package func check(_ request: CheckRequest) throws -> CheckResult {
        let plan = request.artifact
        if plan.result != nil {
            guard let reported = request.reported else { throw refusal(.noResult, "the notebook reported no file") }
            guard reported.job == request.job.description, reported.file == plan.path else {
                throw refusal(.artifactForeign, "the notebook reported a file of another job")
            }
        }
        let file = try SharedFile(plan.path, in: sharedDirectory)
        var hash = SHA256()
        var bytes = 0
        var table = TableReader()
        var content = ArtifactContent(unique: plan.unique, optOuts: try plan.optOuts.map(optOuts) ?? [])
        let isTable = plan.unique != nil
        try file.forEachChunk { chunk in
            hash.update(bufferPointer: chunk)
            bytes += chunk.count
            if isTable { try table.read(chunk) { try content.take($0) } }
        }
        guard bytes > 0 else { throw refusal(.artifactEmpty, "the file is empty") }
        if isTable {
            try table.finish { try content.take($0) }
            guard content.rows > 0 else { throw refusal(.artifactEmpty, "the file has no row but its header") }
        }
        let sha256 = Digest.hexadecimal(hash.finalize())
        if let reported = request.reported, plan.result != nil {
            guard !isTable || content.rows == reported.rows else { throw refusal(.artifactRows, "the number of rows differs") }
            guard bytes == reported.bytes, sha256 == reported.sha256 else { throw refusal(.artifactChecksum, "the content differs") }
        }
        guard !content.hasDuplicates else { throw refusal(.artifactDuplicates, "a client stands in the file twice") }
        guard !content.hasOptOuts else { throw refusal(.artifactOptOuts, "a client in the file has opted out") }
        return CheckResult(rows: isTable ? content.rows : request.reported?.rows ?? 0, bytes: bytes, sha256: sha256)
    }

    /// Whether the list of opted-out clients that jobs of this plan are held against is there, if it names one.
    package func hasOptOuts(of plan: ArtifactPlan) -> Bool {
        guard let path = plan.optOuts else { return true }
        do {
            _ = try SharedFile(path, in: sharedDirectory)
            return true
        } catch {
            // Whatever keeps it from being found keeps a job from its end.
            return false
        }
    }

    /// The client ids of the file: the first column, with or without a header.
    private func optOuts(_ path: String) throws -> Set<String> {
        let file: SharedFile
        do {
            file = try SharedFile(path, in: sharedDirectory)
        } catch let refusal as EffectRefusal where refusal.cause == .artifactMissing {
            throw UnclearEffect(reason: ArtifactPlan.optOutsMissing)
        }
        var table = TableReader()
        var ids: Set<String> = []
        func take(_ row: [String]) { if let id = row.first, !id.isEmpty { ids.insert(id) } }
        try file.forEachChunk { chunk in try table.read(chunk) { take($0) } }
        try table.finish { take($0) }
        return ids
    }

    private func refusal(_ cause: FailureCause, _ reason: String) -> EffectRefusal { EffectRefusal(cause: cause, reason: reason) }
}

/// What the rows of a table amount to.
private struct ArtifactContent {
    let unique: String?
    let optOuts: Set<String>
    private var column: Int?
    private var width = 0
    private var seen: Set<String> = []
    private(set) var rows = 0
    private(set) var hasDuplicates = false
    private(set) var hasOptOuts = false

    init(unique: String?, optOuts: Set<String>) {
        self.unique = unique
        self.optOuts = optOuts
    }

    mutating func take(_ row: [String]) throws {
        guard let column else {
            guard let found = row.firstIndex(where: { $0 == unique }) else {
                throw EffectRefusal(cause: .artifactHeader, reason: "the header lacks the column \(unique ?? "")")
            }
            (self.column, width) = (found, row.count)
            return
        }
        guard row.count == width else {
            throw EffectRefusal(cause: .artifactMalformed, reason: "row \(rows + 1) has \(row.count) fields, the header \(width)")
        }
        rows += 1
        if !seen.insert(row[column]).inserted { hasDuplicates = true }
        if optOuts.contains(row[column]) { hasOptOuts = true }
    }
}
