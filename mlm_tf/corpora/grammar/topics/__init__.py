"""The topics of the stories; a new one is one file and a line here."""

from mlm_tf.corpora.grammar.topics.cooking import COOKING
from mlm_tf.corpora.grammar.topics.football import FOOTBALL
from mlm_tf.corpora.grammar.topics.garden import GARDEN
from mlm_tf.corpora.grammar.topics.hospital import HOSPITAL
from mlm_tf.corpora.grammar.topics.market import MARKET
from mlm_tf.corpora.grammar.topics.music import MUSIC
from mlm_tf.corpora.grammar.topics.school import SCHOOL
from mlm_tf.corpora.grammar.topics.sea import SEA

TOPICS = (COOKING, FOOTBALL, SEA, HOSPITAL, SCHOOL, GARDEN, MUSIC, MARKET)
TOPIC_NAMES = tuple(topic.name[0] for topic in TOPICS)
