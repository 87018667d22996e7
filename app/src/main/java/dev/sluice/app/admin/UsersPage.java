package dev.sluice.app.admin;

import dev.sluice.app.admin.AdminHandler.Answer;
import dev.sluice.app.json.Json;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The page {@code /users}, and the end of a user's sessions. */
final class UsersPage {
    private static final String PREFIX = "/users/";
    private static final String SUFFIX = "/sessions";

    private UsersPage() {}

    /** How everybody stands. */
    static String page(UserSessions users) {
        List<Map<String, Object>> rows = users.standing().stream().map(UsersPage::row).toList();
        return Json.pretty(Map.of("users", rows));
    }

    private static Map<String, Object> row(UserSessions.Standing standing) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("inbound", standing.inbound());
        row.put("user", standing.user());
        row.put("sessions", standing.sessions());
        row.put("bytes", standing.bytes());
        return row;
    }

    /** Whether {@code path}, decoded, names something that can be deleted. */
    static boolean deletes(String path) {
        return path.startsWith(PREFIX) && path.endsWith(SUFFIX) && path.length() > PREFIX.length() + SUFFIX.length();
    }

    /** Ends what {@code path} names. */
    static Answer delete(String path, UserSessions users) {
        String user = path.substring(PREFIX.length(), path.length() - SUFFIX.length());
        int ended = users.kick(user);
        return ended < 0
                ? Answer.text(HttpResponseStatus.NOT_FOUND, "no anytls inbound has this user")
                : Answer.text(HttpResponseStatus.OK, "sessions ended: " + ended);
    }
}
