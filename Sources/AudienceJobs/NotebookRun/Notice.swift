import HindsightCore

/// What a manager reads when a job has ended.
struct Notice: Equatable {
    let subject: String
    let text: String

    init(finished request: JobRequested, rows: Int) {
        let thing = request.kind == .audience ? "Audience" : "Report"
        subject = "\(thing) is ready: \(request.template)"
        let count = rows == 1 ? "1 row" : "\(rows) rows"
        let offer = request.offer.map { " It is attached to the offer \($0.id) as \(request.audienceType)." } ?? ""
        text = "\(count), checked, in \(request.artifact.path).\(request.kind == .audience ? offer : "")"
    }

    init(failed request: JobRequested, reason: String) { self.init(request, "failed", reason) }

    init(cancelled request: JobRequested, reason: String) { self.init(request, "was cancelled", reason) }

    init(rejected request: JobRequested, reason: String) { self.init(request, "was rejected", reason) }

    init(waiting request: JobRequested, rows: Int, limit: Int) {
        let next = request.offer == nil ? "before the audience counts as ready" : "before they are attached"
        self.init(request, "waits for approval", "\(rows) rows, and more than \(limit) need an approval \(next).")
    }

    init(counted request: JobRequested, rows: Int) {
        self.init(request, "is counted", "A preview found \(rows == 1 ? "1 client" : "\(rows) clients"). No file was made.")
    }

    init(standing request: JobRequested) {
        self.init(
            request, "waits for an operator",
            "It has come to something that it can't settle by itself, so an operator has to look at it. Nothing is lost.")
    }

    private init(_ request: JobRequested, _ what: String, _ text: String) {
        subject = "\(request.kind == .audience ? "Audience" : "Report") \(what): \(request.template)"
        self.text = text
    }
}

extension JobRequested {
    /// One notice for each recipient that the form names.
    ///
    /// - Parameter name: Of what they are told, which no other notice of the job has.
    func notices(of name: String, _ status: JobStatus, _ notice: Notice, at now: Timestamp) -> [NoticePosted] {
        notify.enumerated().map { index, target in
            let parts = target.split(separator: ":", maxSplits: 1).map(String.init)
            return NoticePosted(
                job: job, notice: "\(job):\(name):\(index + 1)", channel: parts[0], recipient: parts.dropFirst().first, status: status,
                subject: notice.subject, text: notice.text, at: now)
        }
    }
}

extension NoticePosted {
    var isInInbox: Bool { channel == Self.inbox }

    /// What is posted in the inbox is there.
    var delivered: NoticeDelivered { NoticeDelivered(NoticeRequest(self), attempts: 1, reply: nil, at: at) }
}
